import {
  typeWarnings,
  ValidatingAdmissionPolicy,
  type CheckedKind,
  type V1ValidatingAdmissionPolicy,
} from "@dingi/api";
import { ignoreGone, type ObjectKey } from "@dingi/apimachinery";
import type { ServedResource } from "@dingi/client";
import { DONE, defineController, type ReconcileContext, type Result } from "@dingi/controller-runtime";
import { kindsToCheck } from "./kinds-to-check.ts";
import { PublishedSchemas } from "./published-schemas.ts";

/** Upstream's manager of the fields, by which users tell whose they are. */
const FIELD_MANAGER = "validatingadmissionpolicy-status";

/** Says in a policy's status what of it does not fit the kinds that it names. Upstream: pkg/controller/validatingadmissionpolicystatus */
export const validatingAdmissionPolicyStatusController = defineController({
  name: "validatingadmissionpolicy-status-controller",
  serviceAccount: "validatingadmissionpolicy-status-controller",
  for: ValidatingAdmissionPolicy,
  reconcile,
});

async function reconcile(key: ObjectKey, context: ReconcileContext): Promise<Result> {
  const { cache, client } = context;
  const policy = cache.get(ValidatingAdmissionPolicy, key);
  if (!policy) return DONE;
  const { generation = 0 } = policy.metadata;
  if (generation <= Number(policy.status?.observedGeneration ?? 0)) return DONE;
  const expressionWarnings = await check(policy, context);
  const typeChecking = expressionWarnings.length === 0 ? {} : { expressionWarnings };
  const status = { observedGeneration: generation, typeChecking };
  await client
    .patch(
      ValidatingAdmissionPolicy,
      key,
      { metadata: { name: key.name }, status },
      { type: "apply", subresource: "status", fieldManager: FIELD_MANAGER, force: true },
    )
    .catch(ignoreGone);
  return DONE;
}

async function check(policy: V1ValidatingAdmissionPolicy, { kinds, client, signal }: ReconcileContext) {
  // The policy's kinds may have come a moment before it.
  const served = await kinds.refresh(signal);
  const schemas = new PublishedSchemas(client, signal);
  const checked = await Promise.all(kindsToCheck(policy, served).map((resource) => withSchema(resource, schemas)));
  const { apiVersion = "", kind = "" } = policy.spec.paramKind ?? {};
  const params = served.resourceOf(apiVersion, kind);
  const known = checked.filter((one) => one !== undefined);
  return typeWarnings(policy, known, params && (await withSchema(params, schemas)));
}

async function withSchema(
  { group, version, kind }: ServedResource,
  schemas: PublishedSchemas,
): Promise<CheckedKind | undefined> {
  const schema = await schemas.of({ group, version, kind });
  return schema && { group, version, kind, schema };
}

import { CustomResourceDefinition, type V1CustomResourceDefinition } from "@dingi/api";
import { ignoreNotFound, keyOf } from "@dingi/apimachinery";
import type { ReconcileContext } from "@dingi/controller-runtime";
import type { MigratedResource } from "./migration-state.ts";

const FIELD_MANAGER = "migration-runner-controller";
const TYPE = "StorageMigrating";

type Context = Pick<ReconcileContext, "client" | "clock">;

interface Told {
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
  readonly storedVersions?: readonly string[];
}

/** Says at a custom resource's definition that its objects are being written anew. Upstream: pkg/controller/storageversionmigrator/migrationrunner.go#markAsActive */
export async function markRunning(resource: MigratedResource, migration: string, context: Context): Promise<void> {
  const definition = await definitionOf(resource, context);
  if (!definition) return;
  await tell(
    definition,
    { status: "True", reason: "MigrationRunning", message: `Migration ${migration} is running` },
    context,
  );
}

/** …#finishCRDMigration: of what was not changed meanwhile only the version is stored that it stores now. */
export async function markFinished(resource: MigratedResource, succeeded: boolean, context: Context): Promise<void> {
  const definition = await definitionOf(resource, context);
  if (!definition) return;
  const conditions = definition.status?.conditions ?? [];
  const { observedGeneration } = conditions.find(({ type }) => type === TYPE) ?? {};
  const isSame = observedGeneration !== undefined && observedGeneration === definition.metadata.generation;
  const suffix = isSame
    ? " and the stored versions have been updated"
    : " but the stored versions have not been updated due to a generation mismatch";
  const stored = definition.spec.versions.filter(({ storage }) => storage).map(({ name }) => name);
  const told: Told = succeeded
    ? { status: "False", reason: "MigrationSucceeded", message: `The migration has succeeded${suffix}` }
    : { status: "False", reason: "MigrationFailed", message: "The migration has failed" };
  await tell(definition, isSame ? { ...told, storedVersions: stored } : told, context);
}

async function definitionOf(
  { group = "", resource }: MigratedResource,
  { client }: Context,
): Promise<V1CustomResourceDefinition | undefined> {
  if (group === "") return undefined;
  return await client
    .get(CustomResourceDefinition, { namespace: "", name: `${resource}.${group}` })
    .catch(ignoreNotFound);
}

async function tell(
  definition: V1CustomResourceDefinition,
  { storedVersions, ...said }: Told,
  { client, clock }: Context,
): Promise<void> {
  const { name, resourceVersion, generation } = definition.metadata;
  const lastTransitionTime = new Date(clock.now()).toISOString();
  const conditions = [{ type: TYPE, ...said, lastTransitionTime, observedGeneration: generation }];
  const status = { conditions, ...(storedVersions ? { storedVersions } : {}) };
  const options = { type: "apply", fieldManager: FIELD_MANAGER, force: true, subresource: "status" } as const;
  await client.patch(
    CustomResourceDefinition,
    keyOf(definition),
    { metadata: { name, resourceVersion }, status },
    options,
  );
}

import {
  applyJsonPatch,
  applyMergePatch,
  applyServerSide,
  applyStrategicMergePatch,
  encodeJson,
  newBadRequest,
  newConflict,
  newInvalid,
  newUnsupportedMediaType,
  OwnersTooLarge,
  required,
  type ApiResponse,
  type Draft,
  type KubeObject,
} from "@dingi/apimachinery";
import { bodyType, readBody } from "../negotiation/decode.ts";
import { checkName, ensureNamespace, fillSystemFields } from "../registry/metadata.ts";
import { MAX_STORED_BYTES, newTooLargeToStore } from "../registry/stored-size.ts";
import { isTrue } from "../routing/request-info.ts";
import { decodePatched } from "./decode-patched.ts";
import type { EndpointServices, ResourceCall } from "./endpoint.ts";
import { ownershipContext, recordOwnership } from "./field-ownership.ts";
import {
  APPLY_YAML,
  JSON_PATCH,
  MERGE_PATCH,
  parseConfiguration,
  parsePatch,
  patchTypesOf,
  type PatchBody,
} from "./patch-body.ts";
import type { PreparedUpdate } from "./update.ts";
import { openObjectWrite, respondWritten, storeUpdate, type ObjectWrite } from "./write-call.ts";

/** Upstream: apiserver/pkg/endpoints/handlers/patch.go */
export async function patchResource(call: ResourceCall, services: EndpointServices): Promise<ApiResponse> {
  const { write, update } = await preparePatch(call, services);
  return await respondWritten(call, await storeUpdate(write, services, update), services);
}

export async function preparePatch(call: ResourceCall, services: EndpointServices): Promise<PreparedUpdate> {
  const { request, info } = call;
  const write = openObjectWrite(call, services, "PatchOptions");
  const type = bodyType(request);
  const types = patchTypesOf(call.kind);
  if (!types.includes(type)) throw newUnsupportedMediaType(types);
  const force = request.query.has("force") ? isTrue(request.query.get("force")) : undefined;
  validateOptions(call, type, force);
  const bytes = request.object === undefined ? await readBody(request) : Buffer.from(encodeJson(request.object));
  await services.clock.yieldIfDue();
  const written = type === APPLY_YAML ? applyTo(write, bytes, force ?? false) : patchTo(write, bytes, type);
  const createAllowed = type === APPLY_YAML && info.subresource === "";
  const transform = async (current: KubeObject | undefined) => {
    const live = current && (await write.door.view(current));
    await services.clock.yieldIfDue();
    const object = await written(live);
    checkIdentity(write, object, current);
    if (!current) fillSystemFields(object.metadata, services.clock, services.random);
    return await write.door.store(object, current, write.context.admission);
  };
  return { write, update: { createAllowed, retry: true, transform } };
}

function validateOptions(call: ResourceCall, type: string, force: boolean | undefined): void {
  const errors = [];
  if (type === APPLY_YAML && !call.request.query.get("fieldManager"))
    errors.push(required("fieldManager", "is required for apply patch"));
  if (type !== APPLY_YAML && force !== undefined) {
    errors.push({
      type: "FieldValueForbidden" as const,
      field: "force",
      badValue: "",
      detail: "may not be specified for non-apply patch",
    });
  }
  if (errors.length > 0) throw newInvalid({ group: "meta.k8s.io", kind: "PatchOptions" }, "", errors);
}

/** Upstream: …/patch.go#applyPatch */
function checkIdentity(write: ObjectWrite, object: Draft<KubeObject>, current: KubeObject | undefined): void {
  const { kind, info } = write.call;
  const { uid } = object.metadata;
  if (!current && uid) {
    const text = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
    throw newConflict({ group: kind.group, resource: kind.plural }, info.name, text);
  }
  ensureNamespace(kind, object, info.namespace);
  checkName(object, info.name);
}

/** What is wanted, out of what is there; both as the write's door shows them. */
type Change = (live: KubeObject | undefined) => Promise<Draft<KubeObject>>;

function patchTo(write: ObjectWrite, bytes: Uint8Array, type: string): Change {
  const { expected } = write.door;
  const { clock } = write.context;
  const body = parsePatch(bytes, type, write.decode.fieldValidation);
  write.call.audit?.patched(body.value);
  return async (current) => {
    const live = current!;
    const typed = { ...live, kind: expected.kind, apiVersion: expected.apiVersion };
    const patched = patchValue(write, typed, { type, body });
    await clock.yieldIfDue();
    const object = await decodePatched(write, { type, body, live: typed, patched });
    await clock.yieldIfDue();
    write.door.fillDefaults(object);
    await recordOwnership(write, object, live);
    return object;
  };
}

interface Patch {
  readonly type: string;
  readonly body: PatchBody;
}

function patchValue({ door }: ObjectWrite, value: KubeObject, { type, body }: Patch): object {
  if (type === JSON_PATCH) return applyJsonPatch(value, body.value as unknown[]) as object;
  if (type === MERGE_PATCH) return applyMergePatch(value, body.value) as object;
  const patched = applyStrategicMergePatch(door.expected.schema, value, body.value) as object;
  // The version and the kind are the path's, whatever the patch says.
  return { ...patched, kind: door.expected.kind, apiVersion: door.expected.apiVersion };
}

function applyTo(write: ObjectWrite, bytes: Uint8Array, force: boolean): Change {
  const { expected } = write.door;
  const { applied, strictErrors } = parseConfiguration(bytes);
  write.call.audit?.patched(applied);
  return async (live) => {
    const context = { ...ownershipContext(write, live), maxOwnersBytes: MAX_STORED_BYTES };
    const object = await applyOrRefuse({ ...context, objectKind: expected.kind, applied, force });
    reportDuplicates(write, strictErrors);
    await write.context.clock.yieldIfDue();
    write.door.fillDefaults(object);
    return object;
  };
}

/** What its applier would own without room for that in the store is not merged at all. */
async function applyOrRefuse(input: Parameters<typeof applyServerSide>[0]): Promise<Draft<KubeObject>> {
  try {
    return await applyServerSide(input);
  } catch (error) {
    throw error instanceof OwnersTooLarge ? newTooLargeToStore() : error;
  }
}

function reportDuplicates({ decode }: ObjectWrite, strictErrors: readonly string[]): void {
  if (strictErrors.length === 0 || decode.fieldValidation === "Ignore") return;
  const text = `error converting YAML to JSON: ${strictErrors.join(", ")}`;
  if (decode.fieldValidation === "Strict") throw newBadRequest(`error strict decoding patch: ${text}`);
  for (const error of strictErrors) decode.warn(error);
}

import {
  applyJsonPatch,
  applyMergePatch,
  applyServerSide,
  applyStrategicMergePatch,
  DecodeBudget,
  encodeJson,
  invalid,
  newBadRequest,
  newInvalid,
  newUnsupportedMediaType,
  required,
  yamlToJsonValue,
  type ApiResponse,
  type Draft,
  type KubeObject,
} from "@dingi/apimachinery";
import { bodyType, decodeText, readBody, type DecodeOptions, type ExpectedKind } from "../negotiation/decode.ts";
import { checkName, ensureNamespace, fillSystemFields } from "../registry/metadata.ts";
import { isTrue } from "../routing/request-info.ts";
import { doorStrategy } from "./door.ts";
import type { EndpointServices, ResourceCall } from "./endpoint.ts";
import { recordOwnership } from "./field-ownership.ts";
import { storeUpdate } from "./update.ts";
import { expectedKind, openWrite, respondWritten, toHub, type WriteCall } from "./write-call.ts";

const JSON_PATCH = "application/json-patch+json";
const MERGE_PATCH = "application/merge-patch+json";
const STRATEGIC_MERGE_PATCH = "application/strategic-merge-patch+json";
const APPLY_YAML = "application/apply-patch+yaml";
export const PATCH_TYPES: readonly string[] = [JSON_PATCH, MERGE_PATCH, STRATEGIC_MERGE_PATCH, APPLY_YAML];
const MAX_JSON_PATCH_OPERATIONS = 10_000;
/** Values in an applied configuration. Each gets an owner, whose entry takes a dozen bytes of the object at least. */
const MAX_APPLIED = 250_000;

/** Upstream: apiserver/pkg/endpoints/handlers/patch.go */
export async function patchResource(call: ResourceCall, services: EndpointServices): Promise<ApiResponse> {
  const { request, info } = call;
  const write = openWrite(call, services, "PatchOptions");
  const type = bodyType(request);
  if (!PATCH_TYPES.includes(type)) throw newUnsupportedMediaType(PATCH_TYPES);
  const force = request.query.has("force") ? isTrue(request.query.get("force")) : undefined;
  validateOptions(call, type, force);
  const bytes = request.object === undefined ? await readBody(request) : Buffer.from(encodeJson(request.object));
  const transform =
    type === APPLY_YAML ? applyTransform(write, bytes, force ?? false, services) : patchTransform(write, bytes, type);
  const createAllowed = type === APPLY_YAML && info.subresource === "";
  const written = await storeUpdate(write, services, { createAllowed, retry: true, transform });
  return respondWritten(call, written, services);
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

type Transform = (current: KubeObject | undefined) => Draft<KubeObject>;

function patchTransform(write: WriteCall, bytes: Uint8Array, type: string): Transform {
  const { kind, info } = write.call;
  const expected = expectedKind(write.call);
  const patch = parsePatch(bytes, type);
  return (current) => {
    const live = current!;
    const versioned = { kind: kind.kind, apiVersion: info.apiVersion, ...inVersion(write, live) };
    const patched = patchValue(versioned, patch, type, expected.schema);
    const decoded = decodePatched(encodeJson(patched), expected, write.decode);
    const object = toHub(kind, info.apiVersion, decoded);
    checkPatched(write, object, live);
    recordOwnership(write, object, live);
    return object;
  };
}

/** What is wrong with the fields is the patch's fault. */
function decodePatched(json: string, expected: ExpectedKind, options: DecodeOptions): Draft<KubeObject> {
  if (options.fieldValidation !== "Strict") return decodeText(Buffer.from(json), "application/json", expected, options);
  const found: string[] = [];
  const collect: DecodeOptions = { fieldValidation: "Warn", warn: (text) => void found.push(text) };
  const decoded = decodeText(Buffer.from(json), "application/json", expected, collect);
  if (found.length === 0) return decoded;
  const error = invalid("patch", json, `strict decoding error: ${found.join(", ")}`);
  throw newInvalid({ group: "", kind: "" }, "", [error]);
}

function checkPatched(write: WriteCall, object: Draft<KubeObject>, live: KubeObject): void {
  const { kind, info } = write.call;
  const { uid } = object.metadata;
  if (uid && uid !== live.metadata.uid) {
    const error = invalid("metadata.uid", uid, "field is immutable");
    throw newInvalid({ group: kind.group, kind: kind.kind }, info.name, [error]);
  }
  ensureNamespace(kind, object, info.namespace);
  checkName(object, info.name);
}

function inVersion(write: WriteCall, live: KubeObject): KubeObject {
  const version = write.call.kind.versions[write.call.info.apiVersion]!;
  return version.fromHub ? (version.fromHub(live) as KubeObject) : live;
}

function parsePatch(bytes: Uint8Array, type: string): unknown {
  const patch = parseJson(bytes);
  if (type !== JSON_PATCH) {
    if (patch === null || typeof patch !== "object" || Array.isArray(patch)) {
      throw newBadRequest(
        `error decoding patch: json: cannot unmarshal ${jsonType(patch)} into Go value of type map[string]interface {}`,
      );
    }
    return patch;
  }
  if (!Array.isArray(patch))
    throw newBadRequest(
      `error decoding patch: json: cannot unmarshal ${jsonType(patch)} into Go value of type jsonpatch.Patch`,
    );
  if (patch.length > MAX_JSON_PATCH_OPERATIONS) {
    throw newBadRequest(
      `The allowed maximum operations in a JSON patch is ${MAX_JSON_PATCH_OPERATIONS}, got ${patch.length}`,
    );
  }
  return patch;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch {
    throw newBadRequest("invalid JSON patch");
  }
}

function jsonType(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;
}

function patchValue(
  value: KubeObject,
  patch: unknown,
  type: string,
  schema: ReturnType<typeof expectedKind>["schema"],
): unknown {
  if (type === JSON_PATCH) return applyJsonPatch(value, patch as unknown[]);
  if (type === MERGE_PATCH) return applyMergePatch(value, patch);
  return applyStrategicMergePatch(schema, value, patch);
}

function applyTransform(write: WriteCall, bytes: Uint8Array, force: boolean, services: EndpointServices): Transform {
  const { kind, info } = write.call;
  const applied = decodeApplied(write, bytes);
  const strategy = doorStrategy(kind, info.subresource);
  return (current) => {
    // Who owns fields of an object that exists need not name it.
    if (!current || applied.metadata.name) checkName(applied, info.name);
    else applied.metadata.name = info.name;
    const object = applyServerSide({
      schema: kind.schema,
      apiVersion: info.apiVersion,
      live: current,
      applied,
      manager: write.fieldManager,
      subresource: info.subresource,
      force,
      resetFields: strategy.resetFields ?? [],
      nowMs: services.clock.now(),
    });
    const hub = toHub(kind, info.apiVersion, object);
    if (!current) fillSystemFields(hub.metadata, services.clock, services.random);
    return hub;
  };
}

/** An apply configuration holds only what its manager wants: no defaults, no fields that Go would add. */
function decodeApplied(write: WriteCall, bytes: Uint8Array): Draft<KubeObject> {
  const { kind, info } = write.call;
  const { value, strictErrors } = yamlToJsonValue(bytes, { maxAliases: 100, budget: new DecodeBudget(MAX_APPLIED) });
  if (value === null || typeof value !== "object" || Array.isArray(value))
    throw newBadRequest("error decoding YAML: the patch must be an object");
  const applied = value as Draft<KubeObject>;
  decodeText(Buffer.from(encodeJson(applied)), "application/json", expectedKind(write.call), {
    ...write.decode,
    warn: write.decode.warn,
  });
  if (strictErrors.length > 0 && write.decode.fieldValidation === "Strict") {
    throw newBadRequest(`error strict decoding YAML: ${strictErrors.join(", ")}`);
  }
  applied.metadata ??= {};
  if (applied.metadata.managedFields !== undefined) throw newBadRequest("metadata.managedFields must be nil");
  if (!applied.apiVersion || applied.apiVersion !== info.apiVersion || applied.kind !== kind.kind) {
    throw newBadRequest(
      `the patch must have apiVersion ${JSON.stringify(info.apiVersion)} and kind ${JSON.stringify(kind.kind)}`,
    );
  }
  ensureNamespace(kind, applied, info.namespace);
  return applied;
}

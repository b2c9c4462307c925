import { equalJson } from "../codec/equal-json.ts";
import { setOwn } from "../codec/json-reader.ts";
import { toYaml } from "../codec/to-yaml.ts";
import { goTypeName, isObject, type JsonObject } from "./json-value.ts";
import { badPatch, boundedDepth } from "./patch-error.ts";

/**
 * Applies an RFC 7386 patch to an object, which is not changed; what the patch does not touch is shared.
 * @throws {StatusError} 400 for a patch that is no object. Upstream: gopkg.in/evanphx/json-patch.v4/merge.go
 */
export function applyMergePatch(document: unknown, patch: unknown): unknown {
  if (patch === null) throw badPatch("Invalid JSON Patch");
  if (!isObject(patch)) {
    throw badPatch(
      `error decoding patch: json: cannot unmarshal ${jsonKind(patch)} into Go value of type map[string]interface {}`,
    );
  }
  return boundedDepth(() => (isObject(document) ? mergeObject(document, patch) : withoutNulls(patch)));
}

const jsonKind = (value: unknown): string => {
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value === "string" ? "string" : "number";
};

function mergeObject(document: JsonObject, patch: JsonObject): JsonObject {
  const out = { ...document };
  for (const key of Object.keys(patch)) {
    const value = patch[key];
    if (value === null || value === undefined) delete out[key];
    else setOwn(out, key, mergeValue(Object.hasOwn(document, key) ? document[key] : undefined, value));
  }
  return out;
}

/** Inside a list, nulls go only where nothing of the same key is merged with: as in upstream. */
function mergeValue(current: unknown, patch: unknown): unknown {
  if (!isObject(current)) return withoutNulls(patch);
  return isObject(patch) ? mergeObject(current, patch) : patch;
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const out: JsonObject = {};
  for (const key of Object.keys(value))
    if (value[key] !== null && value[key] !== undefined) setOwn(out, key, withoutNulls(value[key]));
  return out;
}

/** The merge patch that makes `modified` of `original`. */
export function createMergePatch(original: JsonObject, modified: JsonObject): JsonObject {
  const patch: JsonObject = {};
  for (const key of Object.keys(modified)) {
    const difference = Object.hasOwn(original, key) ? diffValue(original[key], modified[key]) : { to: modified[key] };
    if (difference !== undefined) setOwn(patch, key, difference.to);
  }
  for (const key of Object.keys(original)) if (!Object.hasOwn(modified, key)) setOwn(patch, key, null);
  return patch;
}

function diffValue(before: unknown, after: unknown): { to: unknown } | undefined {
  if (!isObject(before) || !isObject(after)) return equalJson(before, after) ? undefined : { to: after };
  const patch = createMergePatch(before, after);
  return Object.keys(patch).length === 0 ? undefined : { to: patch };
}

/** The last-applied configuration removes what the new one adds: nothing that can be done in one patch. */
class PatchConflictError extends Error {
  override name = "PatchConflictError";

  constructor(patch: unknown, current: unknown) {
    super(`patch:\n${toYaml(patch)}\nconflicts with changes made from original to current:\n${toYaml(current)}\n`);
  }
}

/**
 * What `kubectl apply` sends for kinds without a schema: changes and additions from `current` to `modified`, deletions
 * from `original` to `modified`. @throws {PatchConflictError}
 * Upstream: apimachinery/pkg/util/jsonmergepatch/patch.go#CreateThreeWayJSONMergePatch
 */
export function createThreeWayJsonMergePatch(
  original: JsonObject | undefined,
  modified: JsonObject,
  current: JsonObject,
): JsonObject {
  const changes = filterNulls(createMergePatch(current, modified), false);
  const deletions = filterNulls(createMergePatch(original ?? {}, modified), true);
  if (hasConflicts(changes, deletions)) throw new PatchConflictError(changes, deletions);
  return applyMergePatch(deletions, changes) as JsonObject;
}

/** Keeps only the nulls, or everything but them. */
function filterNulls(patch: JsonObject, keepNulls: boolean): JsonObject {
  const out: JsonObject = {};
  for (const key of Object.keys(patch)) {
    const kept = filterNull(patch[key], keepNulls);
    if (kept !== undefined) setOwn(out, key, kept.value);
  }
  return out;
}

function filterNull(value: unknown, keepNulls: boolean): { value: unknown } | undefined {
  if (value === null || value === undefined) return keepNulls ? { value: null } : undefined;
  // An empty object is a value, not an empty patch.
  if (!isObject(value) || Object.keys(value).length === 0) return keepNulls ? undefined : { value };
  const inner = filterNulls(value, keepNulls);
  return Object.keys(inner).length === 0 ? undefined : { value: inner };
}

/** Upstream: apimachinery/pkg/util/mergepatch/util.go#HasConflicts */
function hasConflicts(left: unknown, right: unknown): boolean {
  if (Array.isArray(left))
    return (
      !Array.isArray(right) || left.length !== right.length || left.some((item, i) => hasConflicts(item, right[i]))
    );
  if (!isObject(left)) return goTypeName(left) !== goTypeName(right) || !equalJson(left, right);
  return (
    !isObject(right) ||
    Object.keys(left).some((key) => Object.hasOwn(right, key) && hasConflicts(left[key], right[key]))
  );
}

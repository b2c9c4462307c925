import { copyJson } from "../codec/copy-by-schema.ts";
import { equalJson } from "../codec/equal-json.ts";
import { setOwn } from "../codec/json-reader.ts";
import type { Schema, StructSchema } from "../schema/schema.ts";
import {
  badArgType,
  badSetElementOrder,
  elementType,
  identity,
  noMergeKey,
  normalizeElementOrder,
  partition,
} from "./element-order.ts";
import { goPrint, goTypeName, isObject, type JsonObject } from "./json-value.ts";
import { badPatch, boundedDepth, failure } from "./patch-error.ts";
import { metaOfList, metaOfObject, type PatchMeta } from "./patch-meta.ts";

export const DIRECTIVE = "$patch";
export const RETAIN_KEYS = "$retainKeys";
export const DELETE_FROM_LIST = "$deleteFromPrimitiveList";
export const SET_ELEMENT_ORDER = "$setElementOrder";

/**
 * Applies a strategic merge patch to an object; neither is changed, and what the patch does not touch is shared. The schema says which lists are merged, by which key.
 * @throws {StatusError} as upstream answers. Upstream: apimachinery/pkg/util/strategicpatch/patch.go#StrategicMergeMapPatch
 */
export function applyStrategicMergePatch(schema: StructSchema, document: unknown, patch: unknown): unknown {
  if (!isObject(patch))
    throw badPatch(`json: cannot unmarshal ${jsonKind(patch)} into Go value of type map[string]interface {}`);
  if (!isObject(document)) throw badPatch("invalid JSON document");
  return boundedDepth(() => new StrategicMerger(true).merge(copyTouched(document, patch), copyJson(patch), schema));
}

/** Copies of the fields that the patch may write to; the others are shared. */
function copyTouched(document: JsonObject, patch: JsonObject): JsonObject {
  const touched = new Set(Object.keys(patch).flatMap((key) => [key, key.slice(key.indexOf("/") + 1)]));
  const out: JsonObject = {};
  for (const [key, value] of Object.entries(document))
    if (value !== undefined) setOwn(out, key, touched.has(key) ? copyJson(value) : value);
  return out;
}

const jsonKind = (value: unknown): string =>
  Array.isArray(value)
    ? "array"
    : typeof value === "string"
      ? "string"
      : typeof value === "boolean"
        ? "bool"
        : "number";

/** Merges maps by schema. Both arguments of its methods are consumed: parts of them end up in the result. */
export class StrategicMerger {
  /**
   * True on the server, where a patch is applied to an object: directives are carried out and nulls delete. False where
   * two patches are made one: directives and nulls are kept.
   */
  readonly #isFinal: boolean;

  constructor(isFinal: boolean) {
    this.#isFinal = isFinal;
  }

  merge(original: JsonObject, patch: JsonObject, schema: Schema): JsonObject {
    if (Object.hasOwn(patch, DIRECTIVE)) return carryOut(patch[DIRECTIVE], patch);
    this.#retainKeys(original, patch);
    for (const key of Object.keys(patch))
      if (key.startsWith(SET_ELEMENT_ORDER)) this.#orderElements(key, original, patch, schema);
    for (const key of Object.keys(patch)) this.#mergeField(key, original, patch[key], schema);
    return original;
  }

  #mergeField(patchKey: string, original: JsonObject, value: unknown, schema: Schema): void {
    const isDeletion = patchKey.startsWith(DELETE_FROM_LIST);
    if (isDeletion && !this.#isFinal) return setOwn(original, patchKey, value);
    const key = isDeletion ? keyOf(patchKey, DELETE_FROM_LIST) : patchKey;
    if (value === null || value === undefined) {
      delete original[key];
      if (this.#isFinal) return;
    }
    if (Object.hasOwn(original, key) && goTypeName(original[key]) === goTypeName(value))
      this.#mergeSame(key, original, value, schema, isDeletion);
    else if (!isDeletion) this.#take(key, original, value);
  }

  /** Puts the patch's value in the place of whatever was there. */
  #take(key: string, original: JsonObject, value: unknown): void {
    if (this.#isFinal) discardNulls(value);
    const kept = withoutDirectives(value);
    if (kept === undefined) delete original[key];
    else setOwn(original, key, kept.value);
  }

  #mergeSame(key: string, original: JsonObject, value: unknown, schema: Schema, isDeletion: boolean): void {
    if (Array.isArray(value)) {
      const meta = metaOfList(schema, key);
      original[key] = this.#mergeList(original[key] as unknown[], value, meta, isDeletion);
    } else if (isObject(value)) {
      const meta = metaOfObject(schema, key);
      setOwn(
        original,
        key,
        meta.strategy === "replace" ? value : this.merge(original[key] as JsonObject, value, meta.schema),
      );
    } else {
      setOwn(original, key, value);
    }
  }

  #mergeList(original: unknown[], patch: unknown[], meta: PatchMeta, isDeletion: boolean): unknown[] {
    if (meta.strategy !== "merge" && !isDeletion) return patch;
    if (original.length === 0 && patch.length === 0) return original;
    if (elementType(original, patch) !== "map[string]interface {}") {
      const deleted = new Set(patch);
      if (this.#isFinal && isDeletion) return original.filter((item) => !deleted.has(item));
      return order([...new Set([...original, ...patch])], patch, original, meta.mergeKey);
    }
    if (meta.mergeKey === "") throw failure(`cannot merge lists without merge key for struct`);
    const special = carryOutInList(original as JsonObject[], patch as JsonObject[], meta.mergeKey);
    const merged = this.#mergeItems(special.original, special.patch, meta);
    return order(merged, special.patch, special.original, meta.mergeKey);
  }

  #mergeItems(
    original: readonly JsonObject[],
    patch: readonly JsonObject[],
    { mergeKey, schema }: PatchMeta,
  ): JsonObject[] {
    const merged = [...original];
    const places = placesOf(original, mergeKey);
    for (const item of patch) {
      if (!Object.hasOwn(item, mergeKey)) throw noMergeKey(item, mergeKey);
      const at = places.get(item[mergeKey]);
      if (at === undefined) places.set(item[mergeKey], merged.push(item) - 1);
      else merged[at] = this.merge(merged[at]!, item, schema);
    }
    return merged;
  }

  /** Upstream: patch.go#applyRetainKeysDirective */
  #retainKeys(original: JsonObject, patch: JsonObject): void {
    if (!Object.hasOwn(patch, RETAIN_KEYS)) return;
    const keys = patch[RETAIN_KEYS];
    delete patch[RETAIN_KEYS];
    if (!this.#isFinal) {
      if (!Object.hasOwn(original, RETAIN_KEYS)) original[RETAIN_KEYS] = keys;
      else if (!equalJson(original[RETAIN_KEYS], keys)) {
        throw failure(
          `${goPrint(original[RETAIN_KEYS])} and ${goPrint(keys)} are not deep equal: this may happen when calculating the 3-way diff patch`,
        );
      }
      return;
    }
    if (!Array.isArray(keys)) throw badPatch("invalid patch format of retainKeys");
    const retained = new Set<unknown>(keys);
    for (const key of Object.keys(patch)) {
      if (patch[key] === null || key.startsWith(DELETE_FROM_LIST) || key.startsWith(SET_ELEMENT_ORDER)) continue;
      if (!retained.has(key)) throw badPatch("invalid patch format of retainKeys");
    }
    for (const key of Object.keys(original)) if (!retained.has(key)) delete original[key];
  }

  /** Merges the list that an order is given for, and puts it into that order. Upstream: patch.go#mergePatchIntoOriginal */
  #orderElements(directive: string, original: JsonObject, patch: JsonObject, schema: Schema): void {
    const wanted = patch[directive];
    if (!this.#isFinal) {
      if (!Object.hasOwn(original, directive)) original[directive] = wanted;
      else if (!equalJson(original[directive], wanted)) throw badSetElementOrder();
    }
    delete patch[directive];
    if (!Array.isArray(wanted)) throw badArgType("[]interface {}", wanted);
    const key = keyOf(directive, SET_ELEMENT_ORDER);
    const live = listAt(original, key);
    const change = listAt(patch, key);
    const meta = metaOfList(schema, key);
    checkOrder(change ?? [], wanted, meta.mergeKey);
    if (live === undefined && change === undefined) return;
    const merged = this.#mergeOrdered(live, change, meta);
    const { shared, others } = partition(merged, wanted, meta.mergeKey);
    elementType(live ?? [], change ?? []);
    const serverOrder = liveOrder(live ?? [], change ?? [], meta.mergeKey);
    original[key] = normalizeElementOrder({
      patch: shared,
      patchOrder: wanted,
      serverOnly: others,
      serverOrder,
      mergeKey: meta.mergeKey,
    });
    delete patch[key];
  }

  #mergeOrdered(live: unknown[] | undefined, change: unknown[] | undefined, meta: PatchMeta): unknown[] {
    if (change === undefined) return live!;
    if (live === undefined) return withoutDirectives(change)!.value as unknown[];
    return this.#mergeList([...live], change, meta, false);
  }
}

/** Where the first item of each key is. */
function placesOf(items: readonly JsonObject[], mergeKey: string): Map<unknown, number> {
  const places = new Map<unknown, number>();
  for (const [i, item] of items.entries())
    if (Object.hasOwn(item, mergeKey) && !places.has(item[mergeKey])) places.set(item[mergeKey], i);
  return places;
}

function order(
  merged: readonly unknown[],
  patch: readonly unknown[],
  original: readonly unknown[],
  mergeKey: string,
): unknown[] {
  const { shared, others } = partition(merged, patch, mergeKey);
  return normalizeElementOrder({
    patch: shared,
    patchOrder: patch,
    serverOnly: others,
    serverOrder: original,
    mergeKey,
  });
}

/**
 * The live list's order as upstream looks it up: it merges in place, so that where elements were deleted, added ones have
 * taken their places by then.
 */
function liveOrder(live: readonly unknown[], change: readonly unknown[], mergeKey: string): readonly unknown[] {
  const directives = change.filter((item): item is JsonObject => isObject(item) && Object.hasOwn(item, DIRECTIVE));
  if (mergeKey === "" || directives.length === 0 || directives.some((item) => item[DIRECTIVE] === "replace"))
    return live;
  const all = new Set<unknown>(directives);
  const deleted = new Set(directives.map((item) => item[mergeKey]));
  const kept = live.filter((item) => !deleted.has(identity(item, mergeKey)));
  const known = new Set(kept.map((item) => identity(item, mergeKey)));
  const added = change.filter((item) => !all.has(item) && !known.has(identity(item, mergeKey)));
  return [...kept, ...added].slice(0, live.length);
}

function carryOut(directive: unknown, patch: JsonObject): JsonObject {
  if (directive === "replace") {
    delete patch[DIRECTIVE];
    return patch;
  }
  if (directive === "delete") return {};
  throw failure(`unknown patch type: ${goPrint(directive)} in map: ${goPrint(patch)}`);
}

/** Elements that are directives: delete takes matching elements away, replace all that were there. */
function carryOutInList(
  original: JsonObject[],
  patch: readonly JsonObject[],
  mergeKey: string,
): { original: JsonObject[]; patch: JsonObject[] } {
  const deleted = new Set<unknown>();
  let replaces = false;
  for (const item of patch) {
    const directive = item[DIRECTIVE];
    if (!Object.hasOwn(item, DIRECTIVE)) continue;
    if (directive === "delete") {
      if (!Object.hasOwn(item, mergeKey)) throw noMergeKey(item, mergeKey);
      deleted.add(item[mergeKey]);
    } else if (directive === "merge") throw failure("merging lists cannot yet be specified in the patch");
    else if (directive !== "replace")
      throw failure(`unknown patch type: ${goPrint(directive)} in map: ${goPrint(item)}`);
    else replaces = true;
  }
  const plain = patch.filter((item) => !Object.hasOwn(item, DIRECTIVE));
  const kept = deleted.size === 0 ? original : original.filter((item) => !deleted.has(item[mergeKey]));
  return replaces ? { original: plain, patch: [] } : { original: kept, patch: plain };
}

function keyOf(directive: string, prefix: string): string {
  const slash = directive.indexOf("/");
  if (slash >= 0 && directive.slice(0, slash) === prefix) return directive.slice(slash + 1);
  throw prefix === SET_ELEMENT_ORDER ? badSetElementOrder() : badPatch("invalid patch format of primitive list");
}

function listAt(map: JsonObject, key: string): unknown[] | undefined {
  if (!Object.hasOwn(map, key)) return undefined;
  const list = map[key];
  if (!Array.isArray(list)) throw badArgType("[]interface {}", list);
  return list;
}

/** The patch's elements have to come in the given order. Upstream: patch.go#validatePatchWithSetOrderList */
function checkOrder(patch: readonly unknown[], wanted: readonly unknown[], mergeKey: string): void {
  if (patch.length === 0 || wanted.length === 0) return;
  const items = mergeKey === "" ? patch : patch.filter((item) => !(isObject(item) && item[DIRECTIVE] === "delete"));
  let at = 0;
  let wantedAt = 0;
  while (at < items.length && wantedAt < wanted.length) {
    const item = items[at];
    if (isObject(item) && Object.hasOwn(item, DIRECTIVE)) at++;
    else if (isSame(item, wanted[wantedAt++], mergeKey)) at++;
  }
  if (at < items.length && wantedAt >= wanted.length) {
    throw failure(
      `The order in patch list:\n${goPrint(patch)}\n doesn't match ${SET_ELEMENT_ORDER} list:\n${goPrint(wanted)}\n`,
    );
  }
}

function isSame(left: unknown, right: unknown, mergeKey: string): boolean {
  if (mergeKey === "") return left === right;
  for (const item of [left, right]) {
    if (!isObject(item)) throw badArgType("map[string]interface {}", item);
    if (!Object.hasOwn(item, mergeKey)) throw noMergeKey(item, mergeKey);
  }
  return (left as JsonObject)[mergeKey] === (right as JsonObject)[mergeKey];
}

function discardNulls(value: unknown): void {
  if (Array.isArray(value)) value.forEach(discardNulls);
  if (!isObject(value)) return;
  for (const key of Object.keys(value)) {
    if (value[key] === null) delete value[key];
    else discardNulls(value[key]);
  }
}

/** The value without directives; undefined when it is one itself. */
function withoutDirectives(value: unknown): { value: unknown } | undefined {
  if (Array.isArray(value))
    return {
      value: value
        .map(withoutDirectives)
        .filter((kept) => kept !== undefined)
        .map((kept) => kept.value),
    };
  if (!isObject(value)) return { value };
  if (Object.hasOwn(value, DIRECTIVE)) return undefined;
  for (const key of Object.keys(value)) {
    const kept = withoutDirectives(value[key]);
    if (kept === undefined) delete value[key];
    else setOwn(value, key, kept.value);
  }
  return { value };
}

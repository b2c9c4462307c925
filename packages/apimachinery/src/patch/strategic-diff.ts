import { copyJson } from "../codec/copy-by-schema.ts";
import { equalJson } from "../codec/equal-json.ts";
import { setOwn } from "../codec/json-reader.ts";
import type { Schema, StructSchema } from "../schema/schema.ts";
import { elementType, noMergeKey, sortByOrder } from "./element-order.ts";
import { goPrint, goTypeName, isObject, type JsonObject } from "./json-value.ts";
import { failure } from "./patch-error.ts";
import { metaOfList, metaOfObject, type PatchMeta } from "./patch-meta.ts";
import { DELETE_FROM_LIST, DIRECTIVE, RETAIN_KEYS, SET_ELEMENT_ORDER, StrategicMerger } from "./strategic-merge.ts";

/**
 * The strategic merge patch that makes `modified` of `original`.
 * Upstream: apimachinery/pkg/util/strategicpatch/patch.go#CreateTwoWayMergePatch
 */
export function createStrategicMergePatch(
  schema: StructSchema,
  original: JsonObject,
  modified: JsonObject,
): JsonObject {
  return copyJson(new StrategicDiff({}).maps(original, modified, schema, false));
}

/**
 * What `kubectl apply` sends: changes and additions from `current` to `modified`, and deletions from `original` (what was
 * applied last) to `modified`. Upstream: strategicpatch/patch.go#CreateThreeWayMergePatch with overwrite
 */
export function createThreeWayMergePatch(
  schema: StructSchema,
  original: JsonObject | undefined,
  modified: JsonObject,
  current: JsonObject,
): JsonObject {
  const delta = new StrategicDiff({ ignoresDeletions: true }).maps(current, modified, schema, false);
  const deletions = new StrategicDiff({ ignoresChanges: true }).maps(original ?? {}, modified, schema, false);
  return new StrategicMerger(false).merge(copyJson(deletions), copyJson(delta), schema);
}

interface ListDifference {
  readonly patch: readonly unknown[];
  /** Scalars to take away. */
  readonly deletions: readonly unknown[];
  /** The order that the elements are to have, where it has to be said. */
  readonly order: readonly unknown[];
}

const NO_DIFFERENCE: ListDifference = { patch: [], deletions: [], order: [] };

class StrategicDiff {
  readonly #ignoresChanges: boolean;
  readonly #ignoresDeletions: boolean;

  constructor({
    ignoresChanges = false,
    ignoresDeletions = false,
  }: {
    ignoresChanges?: boolean;
    ignoresDeletions?: boolean;
  }) {
    this.#ignoresChanges = ignoresChanges;
    this.#ignoresDeletions = ignoresDeletions;
  }

  maps(original: JsonObject, modified: JsonObject, schema: Schema, retainsKeys: boolean): JsonObject {
    const patch: JsonObject = {};
    for (const key of Object.keys(modified)) this.#field(key, original, modified, patch, schema);
    if (!this.#ignoresDeletions) {
      for (const key of Object.keys(original)) if (!Object.hasOwn(modified, key)) setOwn(patch, key, null);
    }
    const retained = retainsKeys ? Object.keys(modified).filter((key) => modified[key] !== null) : [];
    if (retained.length > 0 && (Object.keys(patch).length > 0 || hasMore(original, modified)))
      patch[RETAIN_KEYS] = retained.sort();
    return patch;
  }

  #field(key: string, original: JsonObject, modified: JsonObject, patch: JsonObject, schema: Schema): void {
    const after = modified[key];
    const before = Object.hasOwn(original, key) ? original[key] : undefined;
    if (before !== undefined && key === DIRECTIVE) return diffDirective(before, after, patch);
    if (before === undefined || goTypeName(before) !== goTypeName(after)) {
      if (!this.#ignoresChanges) setOwn(patch, key, after);
      return;
    }
    if (isObject(after)) this.#object(key, before as JsonObject, after, patch, schema);
    else if (Array.isArray(after)) this.#list(key, before as unknown[], after, patch, schema);
    else if (!this.#ignoresChanges && !equalJson(before, after)) setOwn(patch, key, after);
  }

  #object(key: string, before: JsonObject, after: JsonObject, patch: JsonObject, schema: Schema): void {
    const meta = unlessEqual(before, after, () => metaOfObject(schema, key));
    if (meta === undefined) return;
    if (meta.strategy === "replace") {
      if (!this.#ignoresChanges) setOwn(patch, key, after);
      return;
    }
    const inner = this.maps(before, after, meta.schema, meta.retainsKeys);
    if (Object.keys(inner).length > 0) setOwn(patch, key, inner);
  }

  #list(key: string, before: readonly unknown[], after: readonly unknown[], patch: JsonObject, schema: Schema): void {
    const meta = unlessEqual(before, after, () => metaOfList(schema, key));
    if (meta === undefined) return;
    if (meta.strategy !== "merge") {
      if (!this.#ignoresChanges && !equalJson(before, after)) setOwn(patch, key, after);
      return;
    }
    const difference = this.#mergeableLists(before, after, meta);
    if (difference.patch.length > 0) patch[key] = difference.patch;
    if (difference.deletions.length > 0) patch[`${DELETE_FROM_LIST}/${key}`] = difference.deletions;
    if (difference.order.length > 0) patch[`${SET_ELEMENT_ORDER}/${key}`] = difference.order;
  }

  /** Upstream: patch.go#diffLists */
  #mergeableLists(before: readonly unknown[], after: readonly unknown[], meta: PatchMeta): ListDifference {
    if (before.length === 0) return this.#ignoresChanges ? NO_DIFFERENCE : { ...NO_DIFFERENCE, patch: after };
    if (elementType(before, after) === "map[string]interface {}")
      return this.#lists(before as JsonObject[], after as JsonObject[], meta);
    const { additions, deletions } = this.#scalars(before, after);
    // Upstream has sorted the old list by now, and compares that.
    const isOrdered =
      (!this.#ignoresDeletions && deletions.length > 0) ||
      (!this.#ignoresChanges &&
        !equalJson(
          sortByText(before, goPrint).map(({ item }) => item),
          after,
        ));
    return { patch: sortByOrder(additions, after, meta.mergeKey), deletions, order: isOrdered ? after : [] };
  }

  #lists(before: readonly JsonObject[], after: readonly JsonObject[], meta: PatchMeta): ListDifference {
    const { mergeKey } = meta;
    const { changes, deletions } = this.#maps(before, after, meta);
    const patch = [...sortByOrder(changes, after, mergeKey), ...deletions];
    const isOrdered =
      (!this.#ignoresChanges && (patch.length > 0 || !hasSameOrder(before, after, mergeKey))) ||
      (!this.#ignoresDeletions && patch.length > 0);
    return { patch, deletions: [], order: isOrdered ? after.map((item) => ({ [mergeKey]: item[mergeKey] })) : [] };
  }

  /** Both lists in the order of their merge keys' text, side by side. Upstream: patch.go#diffListsOfMaps */
  #maps(
    before: readonly JsonObject[],
    after: readonly JsonObject[],
    { mergeKey, schema, retainsKeys }: PatchMeta,
  ): { changes: JsonObject[]; deletions: JsonObject[] } {
    const changes: JsonObject[] = [];
    const deletions: JsonObject[] = [];
    for (const [left, right] of sideBySide(before, after, (item) => keyText(item as JsonObject, mergeKey)) as Iterable<
      [JsonObject?, JsonObject?]
    >) {
      if (left !== undefined && right !== undefined) {
        const patch = this.maps(left, right, schema, retainsKeys);
        if (Object.keys(patch).length > 0) changes.push({ ...patch, [mergeKey]: right[mergeKey] });
      } else if (right !== undefined) {
        if (!this.#ignoresChanges) changes.push(right);
      } else if (!this.#ignoresDeletions) {
        deletions.push({ [mergeKey]: left![mergeKey], [DIRECTIVE]: "delete" });
      }
    }
    return { changes, deletions };
  }

  #scalars(before: readonly unknown[], after: readonly unknown[]): { additions: unknown[]; deletions: unknown[] } {
    const additions: unknown[] = [];
    const deletions: unknown[] = [];
    for (const [left, right] of sideBySide(before, after, goPrint)) {
      if (left === undefined && !this.#ignoresChanges) additions.push(right);
      if (right === undefined && !this.#ignoresDeletions) deletions.push(left);
    }
    return { additions, deletions: [...new Set(deletions)] };
  }
}

/** Pairs what has the same text, one by one; what has no partner stands alone. */
function* sideBySide(
  before: readonly unknown[],
  after: readonly unknown[],
  textOf: (item: unknown) => string,
): Generator<[unknown, unknown]> {
  const left = sortByText(before, textOf);
  const right = sortByText(after, textOf);
  for (let i = 0, j = 0; i < left.length || j < right.length;) {
    const a = left[i];
    const b = right[j];
    const takesLeft = a !== undefined && (b === undefined || a.text <= b.text);
    const takesRight = b !== undefined && (a === undefined || b.text <= a.text);
    yield [takesLeft ? a.item : undefined, takesRight ? b.item : undefined];
    if (takesLeft) i++;
    if (takesRight) j++;
  }
}

function sortByText(list: readonly unknown[], textOf: (item: unknown) => string): { item: unknown; text: string }[] {
  return list
    .map((item) => ({ item, text: textOf(item) }))
    .sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0));
}

function keyText(item: JsonObject, mergeKey: string): string {
  if (!Object.hasOwn(item, mergeKey)) throw noMergeKey(item, mergeKey);
  return goPrint(item[mergeKey]);
}

function hasSameOrder(before: readonly JsonObject[], after: readonly JsonObject[], mergeKey: string): boolean {
  return before.length === after.length && before.every((item, i) => item[mergeKey] === after[i]![mergeKey]);
}

/** A field that the schema does not know matters only when it changed. */
function unlessEqual(before: unknown, after: unknown, lookup: () => PatchMeta): PatchMeta | undefined {
  try {
    return lookup();
  } catch (error) {
    if (equalJson(before, after)) return undefined;
    throw error;
  }
}

function diffDirective(before: unknown, after: unknown, patch: JsonObject): void {
  if (typeof before !== "string" || typeof after !== "string")
    throw failure(`invalid value for special key: ${DIRECTIVE}`);
  if (before !== after) patch[DIRECTIVE] = after;
}

const hasMore = (original: JsonObject, modified: JsonObject): boolean =>
  Object.keys(original).some((key) => original[key] !== null && !Object.hasOwn(modified, key));

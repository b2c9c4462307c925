import { newRequestEntityTooLarge } from "../errors/status-error.ts";
import { goPrint, goTypeName, isObject, type JsonObject } from "./json-value.ts";
import { badPatch, failure, unprocessable } from "./patch-error.ts";

export const badArgType = (expected: string, actual: unknown): Error =>
  failure(`expected a ${expected}, but received a ${goTypeName(actual)}`);

export const noMergeKey = (item: JsonObject, mergeKey: string): Error =>
  failure(`map: ${goPrint(item)} does not contain declared merge key: ${mergeKey}`);

export const badSetElementOrder = (): Error => badPatch("invalid patch format of setElementOrder list");

/** The one Go type of all elements. @throws {StatusError} when there is none. Upstream: patch.go#sliceElementType */
export function elementType(...lists: (readonly unknown[])[]): string {
  let type: string | undefined;
  for (const item of lists.flat(1)) {
    const current = goTypeName(item);
    if (type === undefined && Array.isArray(item)) throw unprocessable("lists of lists are not supported");
    if (type !== undefined && type !== current)
      throw failure(`list element types are not identical: [${lists.map(goPrint).join(" ")}]`);
    type = current;
  }
  if (type === undefined) throw failure("no elements in any of the given slices");
  return type;
}

/** What identifies an element: the element itself, or its merge key's value. */
export function identity(item: unknown, mergeKey: string): unknown {
  return isObject(item) ? item[mergeKey] : item;
}

/** Splits a list into what is also in `by` and what is not. */
export function partition(
  list: readonly unknown[],
  by: readonly unknown[],
  mergeKey: string,
): { shared: unknown[]; others: unknown[] } {
  const known = new Set(by.map((item) => identityOfPart(item, mergeKey)));
  const shared: unknown[] = [];
  const others: unknown[] = [];
  for (const item of list) (known.has(requireIdentity(item, mergeKey)) ? shared : others).push(item);
  return { shared, others };
}

function identityOfPart(item: unknown, mergeKey: string): unknown {
  if (mergeKey !== "" && !isObject(item)) throw failure("value for key 0 is not a map");
  return mergeKey === "" ? item : identity(item, mergeKey);
}

function requireIdentity(item: unknown, mergeKey: string): unknown {
  if (mergeKey === "") return item;
  if (!isObject(item)) throw badArgType("map[string]interface {}", item);
  if (!Object.hasOwn(item, mergeKey)) throw noMergeKey(item, mergeKey);
  return item[mergeKey];
}

interface ElementOrder {
  /** Elements of the patch, and the order they are to have. */
  readonly patch: readonly unknown[];
  readonly patchOrder: readonly unknown[];
  /** Elements that only the live list has, and their order there. */
  readonly serverOnly: readonly unknown[];
  readonly serverOrder: readonly unknown[];
  readonly mergeKey: string;
}

/**
 * Both parts in their own order, merged by the live list's order as far as that says anything.
 * Upstream: patch.go#normalizeElementOrder
 */
export function normalizeElementOrder({
  patch,
  patchOrder,
  serverOnly,
  serverOrder,
  mergeKey,
}: ElementOrder): unknown[] {
  const ranks = rank(serverOrder, mergeKey);
  const right = sortByOrder(patch, patchOrder, mergeKey);
  const left = sortByOrder(serverOnly, serverOrder, mergeKey);
  const out: unknown[] = [];
  let i = 0;
  for (const item of right) {
    const place = ranks.get(identity(item, mergeKey));
    while (i < left.length && isBefore(ranks.get(identity(left[i], mergeKey)), place)) out.push(left[i++]);
    out.push(item);
  }
  return [...out, ...left.slice(i)];
}

const isBefore = (left: number | undefined, right: number | undefined): boolean =>
  left !== undefined && right !== undefined && left < right;

function rank(order: readonly unknown[], mergeKey: string): Map<unknown, number> {
  const ranks = new Map<unknown, number>();
  for (const [i, item] of order.entries())
    if (!ranks.has(identity(item, mergeKey))) ranks.set(identity(item, mergeKey), i);
  return ranks;
}

/** Sorted as `order` has it; deletions go last. Upstream: patch.go#normalizeSliceOrder */
export function sortByOrder(list: readonly unknown[], order: readonly unknown[], mergeKey: string): unknown[] {
  const areMaps = isObject(list[0]) || isObject(order[0]);
  if (areMaps) for (const item of [...list, ...order]) requireIdentity(item, mergeKey);
  const isDeletion = (item: unknown): boolean => areMaps && isObject(item) && item["$patch"] === "delete";
  const ranks = rank(order, mergeKey);
  const kept = list.filter((item) => !isDeletion(item));
  const sorted = kept.every((item) => ranks.has(identity(item, mergeKey)))
    ? kept.sort((a, b) => ranks.get(identity(a, mergeKey))! - ranks.get(identity(b, mergeKey))!)
    : insertionSort(kept, ranks, mergeKey);
  return [...sorted, ...list.filter(isDeletion)];
}

/** Every item of a list without an order may be compared with every other. */
const MAX_UNORDERED = 5000;

/** Upstream's comparison puts what it cannot find before everything else: only its own algorithm gives its result. */
function insertionSort(list: unknown[], ranks: ReadonlyMap<unknown, number>, mergeKey: string): unknown[] {
  const less = (a: unknown, b: unknown): boolean => {
    const left = ranks.get(identity(a, mergeKey));
    const right = ranks.get(identity(b, mergeKey));
    return left === undefined || right === undefined || left < right;
  };
  if (list.length > MAX_UNORDERED)
    throw newRequestEntityTooLarge(`a list of more than ${MAX_UNORDERED} items has no order that is known`);
  for (let i = 1; i < list.length; i++) {
    for (let j = i; j > 0 && less(list[j], list[j - 1]); j--) [list[j], list[j - 1]] = [list[j - 1], list[j]];
  }
  return list;
}

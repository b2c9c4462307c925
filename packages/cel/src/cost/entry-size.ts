import type { Range } from "./saturating.ts";
import { MAX_UINT64, union } from "./saturating.ts";

/** How large the entries of a list or map may be. */
export interface EntrySize {
  readonly container: "list" | "map";
  readonly key: Range;
  readonly value: Range;
}

/** Where the sizes of `count` entries are put together from. */
export function noEntries(count: number): Range {
  return { min: count === 0 ? 0n : MAX_UINT64, max: 0n };
}

// oxlint-disable-next-line max-params -- An entry is a key and a value.
export function withEntry(sizes: EntrySize, key: Range, value: Range): EntrySize {
  return { ...sizes, key: union(sizes.key, key), value: union(sizes.value, value) };
}

/** Undefined unless both are known. */
export function unionEntries(a: EntrySize | undefined, b: EntrySize | undefined): EntrySize | undefined {
  return a && b && withEntry(a, b.key, b.value);
}

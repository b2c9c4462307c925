import type { Value } from "../value/value.ts";
import { CelOptional } from "../value/value.ts";
import { sizeOf } from "../value/size.ts";

/**
 * What a call cost, by what it was given and what it gave. One that does not look at the result is charged before the
 * call runs, so that nothing runs that nobody may pay for.
 */
export type CallCost = (args: readonly Value[], result: Value) => number;

/** For each 10 characters of a string that is gone through. */
export const STRING_FACTOR = 0.1;
/** For each 4 characters of a pattern. */
export const REGEX_FACTOR = 0.25;

/** The size for the reckoning of costs: 1 for what has none. */
export function actualSize(value: Value): number {
  if (value instanceof CelOptional && value.value !== undefined) return actualSize(value.value);
  return sizeOf(value) ?? 1;
}

export function traversal(size: number): number {
  return Math.ceil(size * STRING_FACTOR);
}

const ofFirst: CallCost = ([text]) => traversal(actualSize(text!));
const ofBoth: CallCost = ([a, b]) => traversal(actualSize(a!) + actualSize(b!));
export const ofSmaller: CallCost = ([a, b]) => traversal(Math.min(actualSize(a!), actualSize(b!)));

export const ofPattern: CallCost = ([text, pattern]) =>
  traversal(1 + actualSize(text!)) * Math.ceil(actualSize(pattern!) * REGEX_FACTOR);

/** Costs by overload; all others cost 1. Upstream: github.com/google/cel-go/interpreter/runtimecost.go#costCall */
const BY_OVERLOAD: Readonly<Record<string, CallCost>> = {
  starts_with_string: ([, prefix]) => traversal(actualSize(prefix!)),
  ends_with_string: ([, suffix]) => traversal(actualSize(suffix!)),
  string_to_bytes: ofFirst,
  bytes_to_string: ofFirst,
  strings_quote: ofFirst,
  string_format: ofFirst,
  in_list: ([, list]) => actualSize(list!),
  add_string: ofBoth,
  add_bytes: ofBoth,
  matches: ofPattern,
  matches_string: ofPattern,
  contains_string: ([text, part]) => traversal(actualSize(text!)) * traversal(actualSize(part!)),
  equals: ofSmaller,
  not_equals: ofSmaller,
  ...Object.fromEntries(
    ["less", "greater", "less_equals", "greater_equals"].flatMap((name) => [
      [`${name}_string`, ofSmaller],
      [`${name}_bytes`, ofSmaller],
    ]),
  ),
};

/** What the libraries of an environment say about their functions. */
interface LibraryCosts {
  /** By overload; first. */
  readonly byOverload: ReadonlyMap<string, CallCost>;
  /** By function and overload; undefined for those that it does not know. */
  byFunction(fn: string, overload: string): CallCost | number | undefined;
}

/** What calls cost in an environment. */
export class CallCosts {
  readonly #libraries: LibraryCosts;

  constructor(libraries: LibraryCosts) {
    this.#libraries = libraries;
  }

  /** `overload` is empty where the arguments decide at run time. */
  costOf(fn: string, overload: string): CallCost | number {
    const known = this.#libraries.byOverload.get(overload) ?? this.#libraries.byFunction(fn, overload);
    return known ?? (Object.hasOwn(BY_OVERLOAD, overload) ? BY_OVERLOAD[overload]! : 1);
  }
}

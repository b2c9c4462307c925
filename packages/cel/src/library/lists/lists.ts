import type { FunctionDecl } from "../../check/declaration.ts";
import { fn, member } from "../../check/declaration.ts";
import * as t from "../../check/type.ts";
import { add } from "../../value/arithmetic.ts";
import { compare, isComparable, isEqual } from "../../value/compare.ts";
import { CelError, NO_SUCH_OVERLOAD } from "../../value/error.ts";
import { CelList } from "../../value/value.ts";
import { CelDouble, CelUint } from "../../value/numbers.ts";
import { CelDuration } from "../../value/time.ts";
import type { Value } from "../../value/value.ts";
import type { Library } from "../library.ts";

const SUMMABLE = [
  { name: "int", type: t.INT, zero: 0 },
  { name: "uint", type: t.UINT, zero: new CelUint(0n) },
  { name: "double", type: t.DOUBLE, zero: new CelDouble(0) },
  { name: "duration", type: t.DURATION, zero: new CelDuration(0n) },
] as const;

/** The types whose values have an order, as overloads spell them. */
const COMPARABLE = [
  ["int", t.INT],
  ["uint", t.UINT],
  ["double", t.DOUBLE],
  ["bool", t.BOOL],
  ["duration", t.DURATION],
  ["timestamp", t.TIMESTAMP],
  ["string", t.STRING],
  ["bytes", t.BYTES],
] as const;

const A = t.paramOf("A");

function extreme(name: "min" | "max"): FunctionDecl {
  const better = name === "min" ? 1 : -1;
  const run = (list: CelList): Value => pick(list, better) ?? new CelError(`${name} called on empty list`);
  return fn(
    name,
    ...COMPARABLE.map(([type, celType]) => member(`list_${type}_${name}_${type}`, [t.listOf(celType)], celType, run)),
  );
}

function pick(list: CelList, better: 1 | -1): Value | undefined {
  let best: Value | undefined;
  for (const value of list) {
    if (!isComparable(value)) return NO_SUCH_OVERLOAD;
    if (best === undefined || compare(best, value) === better) best = value;
  }
  return best;
}

function isSorted(list: CelList): Value {
  let before: Value | undefined;
  for (const value of list) {
    if (!isComparable(value)) return NO_SUCH_OVERLOAD;
    if (before !== undefined && compare(before, value) === 1) return false;
    before = value;
  }
  return true;
}

function sum(zero: Value): (list: CelList) => Value {
  return (list) => {
    let total = zero;
    for (const value of list) {
      total = add(total, value);
      // Differs: upstream says this of overflows, too.
      if (total instanceof CelError) return NO_SUCH_OVERLOAD;
    }
    return total;
  };
}

function indexOf(list: CelList, item: Value): Value {
  for (let i = 0; i < list.size; i += 1) if (isEqual(list.at(i), item)) return i;
  return -1;
}

function lastIndexOf(list: CelList, item: Value): Value {
  for (let i = list.size - 1; i >= 0; i -= 1) if (isEqual(list.at(i), item)) return i;
  return -1;
}

function includes(target: Value, item: Value): Value {
  return target instanceof CelList ? indexOf(target, item) !== -1 : isEqual(target, item);
}

/** Upstream: k8s.io/apiserver/pkg/cel/library/lists.go */
export const LISTS: Library = {
  name: "kubernetes.lists",
  functions: [
    fn(
      "isSorted",
      ...COMPARABLE.map(([name, type]) => member(`list_${name}_is_sorted_bool`, [t.listOf(type)], t.BOOL, isSorted)),
    ),
    fn(
      "sum",
      ...SUMMABLE.map(({ name, type, zero }) => member(`list_${name}_sum_${name}`, [t.listOf(type)], type, sum(zero))),
    ),
    extreme("max"),
    extreme("min"),
    fn("indexOf", member("list_a_index_of_int", [t.listOf(A), A], t.INT, indexOf)),
    fn("lastIndexOf", member("list_a_last_index_of_int", [t.listOf(A), A], t.INT, lastIndexOf)),
  ],
};

/** What the next version of the library adds. */
export const LISTS_INCLUDES: Library = {
  name: "kubernetes.lists.includes",
  functions: [fn("includes", member("list_includes_dyn_dyn", [t.DYN, t.DYN], t.BOOL, includes))],
};

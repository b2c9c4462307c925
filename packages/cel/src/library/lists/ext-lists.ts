import { fn, member, overload } from "../../check/declaration.ts";
import * as t from "../../check/type.ts";
import type { CallCost } from "../../cost/call-costs.ts";
import { actualSize } from "../../cost/call-costs.ts";
import type { CallEstimator, CostNode } from "../../cost/call-estimate.ts";
import { estimateSize, literalSize } from "../../cost/call-estimate.ts";
import type { Range } from "../../cost/saturating.ts";
import { exactly, MAX_UINT64, plus, scaled, times } from "../../cost/saturating.ts";
import { mapMacro, MacroError, receiverMacro } from "../../parse/macro.ts";
import type { Macro } from "../../parse/macro.ts";
import { compare, isComparable, isEqual } from "../../value/compare.ts";
import { CelError } from "../../value/error.ts";
import { ArrayList } from "../../value/list.ts";
import { CelList } from "../../value/value.ts";
import type { CelInt } from "../../value/numbers.ts";
import { typeOfValue } from "../../value/type-of.ts";
import type { Value } from "../../value/value.ts";
import type { Library } from "../library.ts";

const T = t.paramOf("T");
const LIST_T = t.listOf(T);
/** Longer ranges are refused. */
const MAX_RANGE = 1_000_000;
const ORDERED = [t.INT, t.UINT, t.DOUBLE, t.BOOL, t.DURATION, t.TIMESTAMP, t.STRING, t.BYTES];

function slice(list: CelList, start: CelInt, end: CelInt): Value {
  const what = `cannot slice(${start}, ${end})`;
  if (start < 0 || end < 0) return new CelError(`${what}, negative indexes not supported`);
  if (start > end) return new CelError(`${what}, start index must be less than or equal to end index`);
  if (list.size < end) return new CelError(`${what}, list is length ${list.size}`);
  const values: Value[] = [];
  for (let i = Number(start); i < Number(end); i += 1) values.push(list.at(i));
  return new ArrayList(values);
}

function flatten(list: CelList, depth: CelInt = 1): Value {
  if (depth < 0) return new CelError("level must be non-negative");
  const values: Value[] = [];
  const flattenInto = (inner: CelList, level: number): void => {
    for (const value of inner) {
      if (value instanceof CelList && level > 0) flattenInto(value, level - 1);
      else values.push(value);
    }
  };
  flattenInto(list, Number(depth));
  return new ArrayList(values);
}

function sortByKeys(list: CelList, keys: CelList): Value {
  if (list.size !== keys.size) {
    return new CelError(
      `@sortByAssociatedKeys() expected a list of the same size as the associated keys list, but got ${list.size} and ${keys.size} elements respectively`,
    );
  }
  if (list.size === 0) return list;
  const flaw = sortFlaw(keys);
  if (flaw) return flaw;
  const pairs = [...list].map((value, i) => ({ value, key: keys.at(i) }));
  return new ArrayList(pairs.toSorted((a, b) => orderOf(a.key, b.key)).map(({ value }) => value));
}

function orderOf(a: Value, b: Value): number {
  const order = compare(a, b);
  return typeof order === "number" ? order : 0;
}

function sortFlaw(keys: CelList): CelError | undefined {
  const first = keys.at(0);
  if (!isComparable(first)) return new CelError("list elements must be comparable");
  const { name } = typeOfValue(first);
  for (const key of keys)
    if (typeOfValue(key).name !== name) return new CelError("list elements must have the same type");
  return undefined;
}

function range(size: CelInt): Value {
  if (size < 0) return new CelError(`lists.range: size must be non-negative, got ${size}`);
  if (size > MAX_RANGE) return new CelError(`lists.range: size ${size} exceeds maximum allowed (${MAX_RANGE})`);
  return new ArrayList(Array.from({ length: Number(size) }, (_, i) => i));
}

function distinct(list: CelList): Value {
  const unique: Value[] = [];
  for (const value of list) if (!unique.some((other) => isEqual(value, other))) unique.push(value);
  return new ArrayList(unique);
}

const SORTABLE = new Set(["list", "select", "ident", "comprehension", "call"]);
const INPUT = "@__sortBy_input__";

/** Binds the list, so that it is made once, and sorts it by what each element is mapped to. */
const SORT_BY: Macro = receiverMacro("sortBy", 2, ({ make, target, args }) => {
  const message = "sortBy can only be applied to a list, identifier, comprehension, call or select expression";
  if (!SORTABLE.has(target!.kind)) throw new MacroError(target!, message);
  const input = make.ident(INPUT);
  const keys = mapMacro({ make, target: make.copy(input), args });
  const sorted = make.memberCall("@sortByAssociatedKeys", make.copy(input), keys);
  return make.comprehension({
    range: make.list(),
    iterVar: "#unused",
    accuVar: INPUT,
    accuInit: target!,
    condition: make.literal(false),
    step: input,
    result: sorted,
  });
});

const CALL_COST = 1;
const LIST_COST = 10;

function allocating(factor: number, size: number): number {
  return Math.floor(size * factor) + CALL_COST + LIST_COST;
}

const ofOutput: CallCost = (_args, result) => allocating(1, actualSize(result));
const ofFlatten: CallCost = ([list, depth]) => allocating(depth === undefined ? 1 : Number(depth), actualSize(list!));

function selfComparison(list: Value): number {
  const size = actualSize(list);
  const first = list instanceof CelList && size > 0 ? list.at(0) : undefined;
  const isText = typeof first === "string" || first instanceof Uint8Array;
  return allocating(isText ? 2.1 : 2, size * size);
}

function estimateAllocating(factor: number, size: Range): ReturnType<CallEstimator> {
  return { cost: plus(scaled(size, factor), exactly(CALL_COST + LIST_COST)), resultSize: size };
}

const estimateFlatten: CallEstimator = ({ target, args, sizes }) => {
  const depth = args[0] ? literalSize(args[0], MAX_UINT64) : 1n;
  return estimateAllocating(Number(depth), estimateSize(sizes, target!));
};

const estimateSlice: CallEstimator = ({ target, args, sizes }) => {
  const start = literalSize(args[0]!, 0n);
  const end = literalSize(args[1]!, estimateSize(sizes, target!).max);
  return estimateAllocating(1, exactly(BigInt.asUintN(64, end - start)));
};

function estimateSort(type: t.CelType, keysOf: (call: Parameters<CallEstimator>[0]) => CostNode): CallEstimator {
  const factor = type === t.STRING || type === t.BYTES ? 2.1 : 2;
  return (call) => {
    const size = estimateSize(call.sizes, keysOf(call));
    return estimateAllocating(factor, times(size, size));
  };
}

/** The third version of the extension. Upstream: github.com/google/cel-go/ext/lists.go */
export const EXT_LISTS: Library = {
  name: "cel.lib.ext.lists",
  macros: [SORT_BY],
  functions: [
    fn("slice", member("list_slice", [LIST_T, t.INT, t.INT], LIST_T, slice)),
    {
      name: "flatten",
      unguarded: true,
      overloads: [
        member("list_flatten", [t.listOf(LIST_T)], LIST_T, (list: CelList) => flatten(list)),
        member("list_flatten_int", [t.listOf(t.DYN), t.INT], t.listOf(t.DYN), flatten),
      ],
    },
    {
      name: "sort",
      overloads: ORDERED.map((type) => member(`list_${type.name}_sort`, [t.listOf(type)], t.listOf(type))),
      run: ((list: CelList) => sortByKeys(list, list)) as never,
      accepts: (value) => value instanceof CelList,
    },
    {
      name: "@sortByAssociatedKeys",
      overloads: ORDERED.map((type) =>
        member(`list_${type.name}_sortByAssociatedKeys`, [LIST_T, t.listOf(type)], LIST_T),
      ),
      run: sortByKeys as never,
      accepts: (value) => value instanceof CelList,
    },
    fn("lists.range", overload("lists_range", [t.INT], t.listOf(t.INT), range)),
    fn(
      "reverse",
      member("list_reverse", [LIST_T], LIST_T, (list: CelList) => new ArrayList([...list].reverse())),
    ),
    fn("distinct", member("list_distinct", [LIST_T], LIST_T, distinct)),
  ],
  costs: {
    list_slice: ofOutput,
    list_flatten: ofFlatten,
    list_flatten_int: ofFlatten,
    lists_range: ofOutput,
    list_reverse: ofOutput,
    list_distinct: ([list]) => selfComparison(list!),
    ...Object.fromEntries(
      ORDERED.flatMap(({ name }) => [
        [`list_${name}_sort`, (([list]) => selfComparison(list!)) as CallCost],
        [`list_${name}_sortByAssociatedKeys`, (([, keys]) => selfComparison(keys!)) as CallCost],
      ]),
    ),
  },
  estimates: {
    list_slice: estimateSlice,
    list_flatten: estimateFlatten,
    list_flatten_int: estimateFlatten,
    lists_range: ({ args }) => estimateAllocating(1, exactly(literalSize(args[0]!, MAX_UINT64))),
    list_reverse: ({ target, sizes }) => estimateAllocating(1, estimateSize(sizes, target!)),
    list_distinct: ({ target, sizes }) => {
      const size = estimateSize(sizes, target!);
      return estimateAllocating(2, times(size, size));
    },
    ...Object.fromEntries(
      ORDERED.flatMap((type) => [
        [`list_${type.name}_sort`, estimateSort(type, ({ target }) => target!)],
        [`list_${type.name}_sortByAssociatedKeys`, estimateSort(type, ({ args }) => args[0]!)],
      ]),
    ),
  },
};

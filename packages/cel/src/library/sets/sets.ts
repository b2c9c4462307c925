import { fn, overload } from "../../check/declaration.ts";
import { BOOL, listOf, paramOf } from "../../check/type.ts";
import type { CallCost } from "../../cost/call-costs.ts";
import { actualSize } from "../../cost/call-costs.ts";
import type { CallEstimator } from "../../cost/call-estimate.ts";
import { estimateSize } from "../../cost/call-estimate.ts";
import { exactly, plus, scaled, times } from "../../cost/saturating.ts";
import { isEqual } from "../../value/compare.ts";
import type { CelList } from "../../value/value.ts";
import type { Value } from "../../value/value.ts";
import type { Library } from "../library.ts";

const LIST = listOf(paramOf("T"));

function includes(list: CelList, item: Value): boolean {
  for (const value of list) if (isEqual(value, item)) return true;
  return false;
}

function contains(list: CelList, part: CelList): boolean {
  for (const item of part) if (!includes(list, item)) return false;
  return true;
}

function intersects(a: CelList, b: CelList): boolean {
  for (const item of a) if (includes(b, item)) return true;
  return false;
}

function cost(factor: number): CallCost {
  return ([a, b]) => 1 + Math.floor(actualSize(a!) * actualSize(b!) * factor);
}

function estimate(factor: number): CallEstimator {
  return ({ args: [a, b], sizes }) => ({
    cost: plus(scaled(times(estimateSize(sizes, a!), estimateSize(sizes, b!)), factor), exactly(1)),
  });
}

/** Upstream: github.com/google/cel-go/ext/sets.go */
export const SETS: Library = {
  name: "cel.lib.ext.sets",
  functions: [
    fn("sets.contains", overload("list_sets_contains_list", [LIST, LIST], BOOL, contains)),
    fn(
      "sets.equivalent",
      overload(
        "list_sets_equivalent_list",
        [LIST, LIST],
        BOOL,
        (a: CelList, b: CelList) => contains(a, b) && contains(b, a),
      ),
    ),
    fn("sets.intersects", overload("list_sets_intersects_list", [LIST, LIST], BOOL, intersects)),
  ],
  costs: {
    list_sets_contains_list: cost(1),
    list_sets_intersects_list: cost(1),
    list_sets_equivalent_list: cost(2),
  },
  estimates: {
    list_sets_contains_list: estimate(1),
    list_sets_intersects_list: estimate(1),
    list_sets_equivalent_list: estimate(2),
  },
};

import { fn, member, overload } from "../../check/declaration.ts";
import { BOOL, DYN, INT, listOf, mapOf, optionalOf, paramOf, STRING } from "../../check/type.ts";
import type { Expr } from "../../parse/expr.ts";
import type { MacroCall } from "../../parse/macro.ts";
import { nameOf, receiverMacro } from "../../parse/macro.ts";
import { CONDITIONAL } from "../../parse/operators.ts";
import { CelError } from "../../value/error.ts";
import { ArrayList } from "../../value/list.ts";
import { CelList } from "../../value/value.ts";
import { CelMap } from "../../value/value.ts";
import { isNumeric, rawNumber } from "../../value/numbers.ts";
import { CelDuration } from "../../value/time.ts";
import type { Value } from "../../value/value.ts";
import { CelOptional, NONE } from "../../value/value.ts";
import type { Library } from "../library.ts";

const K = paramOf("K");
const V = paramOf("V");
const OPTIONAL_V = optionalOf(V);

/** Null, zero, false and what is empty. */
function isZero(value: Value): boolean {
  if (value === null || value === "" || value === false) return true;
  return isNumeric(value) ? Number(rawNumber(value)) === 0 : isEmpty(value);
}

function isEmpty(value: Value): boolean {
  if (value instanceof CelList || value instanceof CelMap) return value.size === 0;
  if (value instanceof Uint8Array) return value.length === 0;
  if (value instanceof CelOptional) return value.value === undefined || isZero(value.value);
  return value instanceof CelDuration && value.nanos === 0n;
}

/** What the optionals of a list hold, without those that hold nothing. */
function unwrap(list: CelList): Value {
  const values: Value[] = [];
  for (const item of list) if (item instanceof CelOptional && item.value !== undefined) values.push(item.value);
  return new ArrayList(values);
}

/** Binds what the optional holds, and runs the second argument with it if it holds something. */
function bound({ make, target, args }: MacroCall, name: string): { has: Expr; body: Expr } {
  const variable = nameOf(args[0]!, `${name}() variable name must be a simple identifier`);
  const has = make.memberCall("hasValue", target!);
  const body = make.comprehension({
    range: make.list(),
    iterVar: "#unused",
    accuVar: variable,
    accuInit: make.memberCall("value", make.copy(target!)),
    condition: make.literal(false),
    step: make.ident(variable),
    result: args[1]!,
  });
  return { has, body };
}

/** Upstream: github.com/google/cel-go/cel/library.go#optionalLib */
export const OPTIONAL: Library = {
  name: "cel.lib.optional",
  types: [optionalOf(DYN)],
  macros: [
    receiverMacro("optMap", 2, (call) => {
      const { has, body } = bound(call, "optMap");
      return call.make.call(CONDITIONAL, has, call.make.call("optional.of", body), call.make.call("optional.none"));
    }),
    receiverMacro("optFlatMap", 2, (call) => {
      const { has, body } = bound(call, "optFlatMap");
      return call.make.call(CONDITIONAL, has, body, call.make.call("optional.none"));
    }),
  ],
  functions: [
    fn(
      "optional.of",
      overload("optional_of", [V], OPTIONAL_V, (value: Value) => new CelOptional(value)),
    ),
    fn(
      "optional.ofNonZeroValue",
      overload("optional_ofNonZeroValue", [V], OPTIONAL_V, (value: Value) =>
        isZero(value) ? NONE : new CelOptional(value),
      ),
    ),
    fn(
      "optional.none",
      overload("optional_none", [], OPTIONAL_V, () => NONE),
    ),
    fn(
      "value",
      member(
        "optional_value",
        [OPTIONAL_V],
        V,
        ({ value }: CelOptional) => value ?? (value === null ? null : new CelError("optional.none() dereference")),
      ),
    ),
    fn(
      "hasValue",
      member("optional_hasValue", [OPTIONAL_V], BOOL, ({ value }: CelOptional) => value !== undefined),
    ),
    fn("or", member("optional_or_optional", [OPTIONAL_V, OPTIONAL_V], OPTIONAL_V)),
    fn("orValue", member("optional_orValue_value", [OPTIONAL_V, V], V)),
    fn("_?._", overload("select_optional_field", [DYN, STRING], OPTIONAL_V)),
    fn(
      "_[?_]",
      overload("list_optindex_optional_int", [listOf(V), INT], OPTIONAL_V),
      overload("optional_list_optindex_optional_int", [optionalOf(listOf(V)), INT], OPTIONAL_V),
      overload("map_optindex_optional_value", [mapOf(K, V), K], OPTIONAL_V),
      overload("optional_map_optindex_optional_value", [optionalOf(mapOf(K, V)), K], OPTIONAL_V),
    ),
    fn(
      "first",
      member("list_first", [listOf(V)], OPTIONAL_V, (list: CelList) =>
        list.size === 0 ? NONE : new CelOptional(list.at(0)),
      ),
    ),
    fn(
      "last",
      member("list_last", [listOf(V)], OPTIONAL_V, (list: CelList) =>
        list.size === 0 ? NONE : new CelOptional(list.at(list.size - 1)),
      ),
    ),
    fn("optional.unwrap", overload("optional_unwrap", [listOf(OPTIONAL_V)], listOf(V), unwrap)),
    fn("unwrapOpt", member("optional_unwrapOpt", [listOf(OPTIONAL_V)], listOf(V), unwrap)),
    fn(
      "_[_]",
      overload("optional_list_index_int", [optionalOf(listOf(V)), INT], OPTIONAL_V),
      overload("optional_map_index_value", [optionalOf(mapOf(K, V)), K], OPTIONAL_V),
    ),
  ],
};

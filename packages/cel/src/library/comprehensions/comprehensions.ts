import { fn, overload } from "../../check/declaration.ts";
import { mapOf, paramOf } from "../../check/type.ts";
import type { Expr } from "../../parse/expr.ts";
import type { LoopVars, Macro, MacroCall } from "../../parse/macro.ts";
import {
  all,
  exists,
  existsOne,
  gather,
  MacroError,
  nameOf,
  receiverMacro,
  refuseAccumulator,
} from "../../parse/macro.ts";
import { ADD } from "../../parse/operators.ts";
import { CelError } from "../../value/error.ts";
import type { CelMap } from "../../value/value.ts";
import { entriesOf, EntryMap, GrowingMap } from "../../value/map.ts";
import type { Value } from "../../value/value.ts";
import type { Library } from "../library.ts";

const MAP = mapOf(paramOf("K"), paramOf("V"));
const INSERT = "cel.@mapInsert";

function twoVars([first, second]: readonly Expr[]): LoopVars {
  const message = "argument must be a simple name";
  const [iterVar, iterVar2] = [nameOf(first!, message), nameOf(second!, message)];
  if (iterVar === iterVar2) throw new MacroError(second!, `duplicate variable name: ${iterVar}`);
  refuseAccumulator(first!, iterVar);
  refuseAccumulator(second!, iterVar2);
  return { iterVar, iterVar2 };
}

function quantifier(name: string, build: typeof all): Macro {
  return receiverMacro(name, 3, (call) => build(call, { vars: twoVars(call.args), predicate: call.args[2]! }));
}

type Step = (call: MacroCall, transform: Expr) => { init: Expr; step: Expr };

/** With three arguments and, before the last, a filter as a fourth. */
function transformation(name: string, build: Step): Macro[] {
  const expand = (call: MacroCall): Expr => {
    const vars = twoVars(call.args);
    const filter = call.args.length === 4 ? call.args[2] : undefined;
    return gather(call, { vars, ...build(call, call.args.at(-1)!), filter });
  };
  return [receiverMacro(name, 3, expand), receiverMacro(name, 4, expand)];
}

function insert(map: CelMap, key: Value, value: Value): Value {
  if (map.has(key)) return new CelError(`insert failed: key ${textOf(key)} already exists`);
  const target = map instanceof GrowingMap ? map : new EntryMap(entriesOf(map));
  target.set(key, value);
  return target;
}

function textOf(key: Value): string {
  return typeof key === "object" ? "" : String(key);
}

function insertAll(map: CelMap, added: CelMap): Value {
  let target: Value = map;
  for (const [key, value] of entriesOf(added)) {
    target = insert(target as CelMap, key, value);
    if (target instanceof CelError) return target;
  }
  return target;
}

/** Loops with two variables. Upstream: github.com/google/cel-go/ext/comprehensions.go */
export const TWO_VAR_COMPREHENSIONS: Library = {
  name: "cel.lib.ext.comprev2",
  macros: [
    quantifier("all", all),
    quantifier("exists", exists),
    quantifier("existsOne", existsOne),
    quantifier("exists_one", existsOne),
    ...transformation("transformList", ({ make }, transform) => ({
      init: make.list(),
      step: make.call(ADD, make.accumulator(), make.list(transform)),
    })),
    ...transformation("transformMap", ({ make, args }, transform) => ({
      init: make.map(),
      step: make.call(INSERT, make.accumulator(), make.ident(nameOf(args[0]!, "")), transform),
    })),
    ...transformation("transformMapEntry", ({ make }, transform) => ({
      init: make.map(),
      step: make.call(INSERT, make.accumulator(), transform),
    })),
  ],
  functions: [
    fn(
      INSERT,
      overload("@mapInsert_map_key_value", [MAP, paramOf("K"), paramOf("V")], MAP, insert),
      overload("@mapInsert_map_map", [MAP, MAP], MAP, insertAll),
    ),
  ],
};

import type { FunctionDecl, Overload } from "../../check/declaration.ts";
import { fn, member, overload } from "../../check/declaration.ts";
import type { CelType } from "../../check/type.ts";
import * as t from "../../check/type.ts";
import { STANDARD_MACROS } from "../../parse/macro.ts";
import { add, divide, modulo, multiply, negate, subtract } from "../../value/arithmetic.ts";
import { compare, isComparable, isEqual } from "../../value/compare.ts";
import { CONVERSIONS, toType } from "../../value/convert.ts";
import { CelError, NO_SUCH_OVERLOAD } from "../../value/error.ts";
import { CelList } from "../../value/value.ts";
import { CelMap } from "../../value/value.ts";
import { CelDouble, isNumeric } from "../../value/numbers.ts";
import { sizeOf } from "../../value/size.ts";
import { CelDuration, CelTimestamp } from "../../value/time.ts";
import type { Value } from "../../value/value.ts";
import { compilePattern } from "../regex/pattern.ts";
import type { Library } from "../library.ts";
import { TIME_FUNCTIONS } from "./time-functions.ts";

const { BOOL, BYTES, DOUBLE, DURATION, INT, STRING, TIMESTAMP, UINT } = t;
const A = t.paramOf("A");
const B = t.paramOf("B");
const LIST_A = t.listOf(A);
const MAP_AB = t.mapOf(A, B);

type Signature = readonly [id: string, args: readonly CelType[], result: CelType];

/** A function whose arguments decide what it does. */
// oxlint-disable-next-line max-params -- A row of a table.
function operator(
  name: string,
  signatures: readonly Signature[],
  run: FunctionDecl["run"],
  accepts?: FunctionDecl["accepts"],
): FunctionDecl {
  return { name, overloads: signatures.map(([id, args, result]) => overload(id, args, result)), run, accepts };
}

function same(id: string, type: CelType): Signature {
  return [id, [type, type], type];
}

const isNumber = isNumeric;
const isTime = (value: Value): boolean => value instanceof CelTimestamp || value instanceof CelDuration;
const isWhole = (value: Value): boolean => isNumber(value) && !(value instanceof CelDouble);

const ARITHMETIC: readonly FunctionDecl[] = [
  operator(
    "_+_",
    [
      same("add_bytes", BYTES),
      same("add_double", DOUBLE),
      same("add_duration_duration", DURATION),
      ["add_duration_timestamp", [DURATION, TIMESTAMP], TIMESTAMP],
      ["add_timestamp_duration", [TIMESTAMP, DURATION], TIMESTAMP],
      same("add_int64", INT),
      same("add_list", LIST_A),
      same("add_string", STRING),
      same("add_uint64", UINT),
    ],
    add as FunctionDecl["run"],
    (value) =>
      isNumber(value) ||
      isTime(value) ||
      typeof value === "string" ||
      value instanceof Uint8Array ||
      value instanceof CelList,
  ),
  operator(
    "_-_",
    [
      same("subtract_double", DOUBLE),
      same("subtract_duration_duration", DURATION),
      same("subtract_int64", INT),
      ["subtract_timestamp_duration", [TIMESTAMP, DURATION], TIMESTAMP],
      ["subtract_timestamp_timestamp", [TIMESTAMP, TIMESTAMP], DURATION],
      same("subtract_uint64", UINT),
    ],
    subtract as FunctionDecl["run"],
    (value) => isNumber(value) || isTime(value),
  ),
  operator("_*_", numbers("multiply"), multiply as FunctionDecl["run"], isNumber),
  operator("_/_", numbers("divide"), divide as FunctionDecl["run"], isNumber),
  operator("_%_", [same("modulo_int64", INT), same("modulo_uint64", UINT)], modulo as FunctionDecl["run"], isWhole),
  operator(
    "-_",
    [
      ["negate_double", [DOUBLE], DOUBLE],
      ["negate_int64", [INT], INT],
    ],
    negate as FunctionDecl["run"],
    (value) => isNumber(value) || isTime(value) || typeof value === "boolean" || typeof value === "string",
  ),
];

function numbers(name: string): Signature[] {
  return [same(`${name}_double`, DOUBLE), same(`${name}_int64`, INT), same(`${name}_uint64`, UINT)];
}

/** The kinds that have an order, as overloads spell them, in upstream's order. */
const ORDERED: readonly (readonly [string, CelType, CelType])[] = [
  ["bool", BOOL, BOOL],
  ["int64", INT, INT],
  ["int64_double", INT, DOUBLE],
  ["int64_uint64", INT, UINT],
  ["uint64", UINT, UINT],
  ["uint64_double", UINT, DOUBLE],
  ["uint64_int64", UINT, INT],
  ["double", DOUBLE, DOUBLE],
  ["double_int64", DOUBLE, INT],
  ["double_uint64", DOUBLE, UINT],
  ["string", STRING, STRING],
  ["bytes", BYTES, BYTES],
  ["timestamp", TIMESTAMP, TIMESTAMP],
  ["duration", DURATION, DURATION],
];

function comparison(name: string, id: string, holds: (order: number) => boolean): FunctionDecl {
  const overloads = ORDERED.map(([kind, left, right]): Overload => ({
    ...overload(`${id}_${kind}`, [left, right], BOOL),
    crossType: left !== right,
  }));
  const run = (a: Value, b: Value): Value => {
    const order = compare(a, b);
    return order instanceof CelError ? order : typeof order === "number" ? holds(order) : NO_SUCH_OVERLOAD;
  };
  return { name, overloads, run: run as FunctionDecl["run"], accepts: isComparable };
}

function contains(item: Value, container: Value): Value {
  if (container instanceof CelMap) return container.has(item);
  if (!(container instanceof CelList)) return NO_SUCH_OVERLOAD;
  for (const value of container) if (isEqual(value, item)) return true;
  return false;
}

function conversion(name: string, result: CelType, sources: readonly (readonly [string, CelType])[]): FunctionDecl {
  const run = CONVERSIONS[name]!;
  return fn(name, ...sources.map(([id, type]) => overload(id, [type], result, run)));
}

const CONVERSION_FUNCTIONS: readonly FunctionDecl[] = [
  { name: "type", overloads: [overload("type", [A], t.typeOf(A))], run: toType as FunctionDecl["run"] },
  { name: "dyn", overloads: [overload("to_dyn", [A], t.DYN)], run: ((value: Value) => value) as FunctionDecl["run"] },
  conversion("bool", BOOL, [
    ["bool_to_bool", BOOL],
    ["string_to_bool", STRING],
  ]),
  conversion("bytes", BYTES, [
    ["bytes_to_bytes", BYTES],
    ["string_to_bytes", STRING],
  ]),
  conversion("double", DOUBLE, [
    ["double_to_double", DOUBLE],
    ["int64_to_double", INT],
    ["string_to_double", STRING],
    ["uint64_to_double", UINT],
  ]),
  conversion("duration", DURATION, [
    ["duration_to_duration", DURATION],
    ["string_to_duration", STRING],
  ]),
  conversion("int", INT, [
    ["int64_to_int64", INT],
    ["double_to_int64", DOUBLE],
    ["duration_to_int64", DURATION],
    ["string_to_int64", STRING],
    ["timestamp_to_int64", TIMESTAMP],
    ["uint64_to_int64", UINT],
  ]),
  conversion("string", STRING, [
    ["string_to_string", STRING],
    ["bool_to_string", BOOL],
    ["bytes_to_string", BYTES],
    ["double_to_string", DOUBLE],
    ["duration_to_string", DURATION],
    ["int64_to_string", INT],
    ["timestamp_to_string", TIMESTAMP],
    ["uint64_to_string", UINT],
  ]),
  conversion("timestamp", TIMESTAMP, [
    ["timestamp_to_timestamp", TIMESTAMP],
    ["int64_to_timestamp", INT],
    ["string_to_timestamp", STRING],
  ]),
  conversion("uint", UINT, [
    ["uint64_to_uint64", UINT],
    ["double_to_uint64", DOUBLE],
    ["int64_to_uint64", INT],
    ["string_to_uint64", STRING],
  ]),
];

const SIZED: readonly (readonly [string, CelType])[] = [
  ["bytes", BYTES],
  ["list", LIST_A],
  ["map", MAP_AB],
  ["string", STRING],
];

const LOGIC: readonly FunctionDecl[] = [
  operator("_?_:_", [["conditional", [BOOL, A, A], A]], undefined),
  operator("_&&_", [["logical_and", [BOOL, BOOL], BOOL]], undefined),
  operator("_||_", [["logical_or", [BOOL, BOOL], BOOL]], undefined),
  operator("!_", [["logical_not", [BOOL], BOOL]], ((value: Value) =>
    typeof value === "boolean" ? !value : NO_SUCH_OVERLOAD) as FunctionDecl["run"]),
  // Never asked for anything but a boolean or an error; it runs as a part of loops.
  operator("@not_strictly_false", [["not_strictly_false", [BOOL], BOOL]], undefined),
  operator("_==_", [["equals", [A, A], BOOL]], undefined),
  operator("_!=_", [["not_equals", [A, A], BOOL]], undefined),
];

const STRINGS: readonly FunctionDecl[] = [
  fn(
    "contains",
    member("contains_string", [STRING, STRING], BOOL, (text: string, part: string) => text.includes(part)),
  ),
  fn(
    "startsWith",
    member("starts_with_string", [STRING, STRING], BOOL, (text: string, part: string) => text.startsWith(part)),
  ),
  fn(
    "endsWith",
    member("ends_with_string", [STRING, STRING], BOOL, (text: string, part: string) => text.endsWith(part)),
  ),
  fn(
    "matches",
    overload("matches", [STRING, STRING], BOOL, matches),
    member("matches_string", [STRING, STRING], BOOL, matches),
  ),
];

function matches(text: string, pattern: string): Value {
  const compiled = compilePattern(pattern);
  return compiled instanceof CelError ? compiled : compiled.test(text);
}

/** The functions of the language itself. Upstream: github.com/google/cel-go/common/stdlib/standard.go */
export const STANDARD: Library = {
  name: "stdlib",
  macros: STANDARD_MACROS,
  types: [
    BOOL,
    BYTES,
    DOUBLE,
    DURATION,
    INT,
    t.listOf(t.DYN),
    t.mapOf(t.DYN, t.DYN),
    t.NULL,
    STRING,
    TIMESTAMP,
    t.TYPE,
    UINT,
  ],
  functions: [
    ...LOGIC,
    ...ARITHMETIC,
    comparison("_<_", "less", (order) => order < 0),
    comparison("_<=_", "less_equals", (order) => order <= 0),
    comparison("_>_", "greater", (order) => order > 0),
    comparison("_>=_", "greater_equals", (order) => order >= 0),
    operator(
      "_[_]",
      [
        ["index_list", [LIST_A, INT], A],
        ["index_map", [MAP_AB, A], B],
      ],
      undefined,
    ),
    operator(
      "@in",
      [
        ["in_list", [A, LIST_A], BOOL],
        ["in_map", [A, MAP_AB], BOOL],
      ],
      contains as FunctionDecl["run"],
    ),
    {
      name: "size",
      overloads: SIZED.flatMap(([name, type]) => [
        overload(`size_${name}`, [type], INT),
        member(`${name}_size`, [type], INT),
      ]),
      run: ((value: Value) => sizeOf(value)!) as FunctionDecl["run"],
      accepts: (value) => sizeOf(value) !== undefined,
    },
    ...CONVERSION_FUNCTIONS,
    ...STRINGS,
    ...TIME_FUNCTIONS,
  ],
};

import * as cel from "@dingi/cel";
import {
  CelDouble,
  CelDuration,
  CelError,
  CelList,
  CelMap,
  CelOptional,
  CelTimestamp,
  CelUint,
  Opaque,
  TypeValue,
} from "@dingi/cel";
import { CompileError, PlanError } from "@dingi/cel";
import { formatDuration, formatTimestamp } from "../../../packages/cel/src/value/time.ts";

/** What an engine says of an expression; the oracle's program writes the same. */
export interface Answer {
  readonly expression: string;
  readonly compile?: string;
  readonly newRefuses?: boolean;
  readonly type?: string;
  readonly min?: string;
  readonly max?: string;
  readonly program?: string;
  readonly value?: unknown;
  readonly cost?: string;
  readonly error?: string;
}

export interface Questions {
  readonly schema: cel.Schema;
  readonly self: unknown;
  readonly object: unknown;
  readonly expressions: readonly string[];
}

/** Our engine, set up as the oracle is: `self` by the schema, `object` without one. */
export function engineFor({ schema, self, object }: Questions): (expression: string) => Answer {
  const decl = cel.schemaDeclType(schema, "selfType", false)!;
  const more = { variables: { self: decl.type, object: cel.types.DYN }, types: cel.schemaProvider(decl) };
  const [stored, fresh] = [cel.storedExpressions.extend(more), cel.newExpressions.extend(more)];
  const sizes = cel.schemaSizes({ self: decl });
  const values: Record<string, cel.Value> = { self: decl.read(self), object: cel.jsonValue(object) };
  const activation = { resolve: (name: string) => (Object.hasOwn(values, name) ? values[name] : undefined) };
  return (expression) => {
    const compiled = compile(stored, expression);
    if (compiled instanceof CompileError) return { expression, compile: compiled.message };
    const { min, max } = compiled.estimateCost(sizes);
    const refused = compile(fresh, expression) instanceof CompileError;
    const type = cel.formatType(compiled.outputType);
    const checked = { expression, ...(refused && { newRefuses: true }), type, min: String(min), max: String(max) };
    return { ...checked, ...run(compiled, activation) };
  };
}

function compile(environment: cel.Environment, expression: string): cel.Compiled | CompileError {
  try {
    return environment.compile(expression);
  } catch (error) {
    if (error instanceof CompileError) return error;
    throw error;
  }
}

function run(compiled: cel.Compiled, activation: cel.Activation): Partial<Answer> {
  let program;
  try {
    program = compiled.program();
  } catch (error) {
    if (error instanceof PlanError) return { program: error.message };
    throw error;
  }
  const { value, cost } = program.evaluate(activation);
  return value instanceof CelError
    ? { cost: String(cost), error: value.message }
    : { value: show(value), cost: String(cost) };
}

function show(value: cel.Value): unknown {
  if (value === null) return "null";
  switch (typeof value) {
    case "boolean":
      return value;
    case "string":
      return { string: value };
    case "number":
    case "bigint":
      return { int: String(value) };
    default:
      return showObject(value);
  }
}

function showObject(value: Exclude<cel.Value, null | boolean | string | number | bigint>): unknown {
  if (value instanceof CelUint) return { uint: String(value.value) };
  if (value instanceof CelDouble) return { double: showDouble(value.value) };
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString("base64") };
  if (value instanceof CelTimestamp) return { "google.protobuf.Timestamp": formatTimestamp(value) };
  if (value instanceof CelDuration) return { "google.protobuf.Duration": formatDuration(value) };
  if (value instanceof CelOptional) return value.value === undefined ? { none: true } : { some: show(value.value) };
  if (value instanceof TypeValue) return { type: value.type.name };
  if (value instanceof CelList) return { list: [...value].map(show) };
  if (value instanceof CelMap) return { map: showMap(value) };
  return { opaque: value instanceof Opaque ? value.type.name : "error" };
}

function showMap(map: CelMap): string[] {
  return [...map.keys()].map((key) => JSON.stringify([show(key), show(map.find(key)!)])).sort();
}

/** As Go writes a double with 17 digits behind the point. */
function showDouble(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  const [mantissa, exponent] = value.toExponential(17).split("e") as [string, string];
  const power = Number(exponent);
  const sign = Object.is(value, -0) ? "-" : "";
  return `${sign}${mantissa}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}

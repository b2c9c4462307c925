import { base64Problem } from "../codec/base64.ts";
import type { ScalarType, Schema, StructSchema } from "../schema/schema.ts";
import { isObject } from "./json-value.ts";

/**
 * Why an object of maps and lists is none of its type, in the words of Go's converter; undefined when that finds nothing.
 * Values that read themselves, such as times and quantities, are left to the decoder.
 * Upstream: apimachinery/pkg/runtime/converter.go#fromUnstructured
 */
export function restoreProblem(schema: Schema, value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  switch (schema.type) {
    case "struct":
      return isObject(value) ? problemInStruct(schema, value) : `cannot restore struct from: ${kindOf(value)}`;
    case "map":
      return isObject(value)
        ? firstProblem(Object.values(value).map((item) => [schema.values, item]))
        : `cannot restore map from ${kindOf(value)}`;
    case "list":
      return Array.isArray(value)
        ? firstProblem(value.map((item) => [schema.items, item]))
        : `cannot restore slice from ${kindOf(value)}`;
    case "bytes":
      return problemInBytes(value);
    default:
      return problemInScalar(schema.type, value);
  }
}

function problemInStruct(schema: StructSchema, value: object): string | undefined {
  const own: [Schema, unknown][] = [];
  for (const field of schema.fields.values())
    if (Object.hasOwn(value, field.name)) own.push([field.schema, (value as Record<string, unknown>)[field.name]]);
  return firstProblem(own);
}

function firstProblem(values: Iterable<readonly [Schema, unknown]>): string | undefined {
  for (const [schema, value] of values) {
    const problem = restoreProblem(schema, value);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function problemInBytes(value: unknown): string | undefined {
  if (typeof value !== "string") return Array.isArray(value) ? undefined : `cannot restore slice from ${kindOf(value)}`;
  const problem = base64Problem(value);
  return problem === undefined ? undefined : `error decoding from json: ${problem}`;
}

/** What Go converts into a type by itself, beside the type's own: a number is a character to it, and is refused as one. */
const NEARLY: Partial<Record<ScalarType | "free", readonly string[]>> = {
  string: ["int64"],
  int32: ["float64"],
  int64: ["float64"],
};

const TAKEN: Partial<Record<ScalarType | "free", readonly string[]>> = {
  string: ["string"],
  bool: ["bool"],
  int32: ["int64"],
  int64: ["int64"],
  float64: ["int64", "float64"],
};

function problemInScalar(type: ScalarType | "free", value: unknown): string | undefined {
  const taken = TAKEN[type];
  const kind = kindOf(value);
  if (!taken || taken.includes(kind)) return undefined;
  return NEARLY[type]?.includes(kind) ? `cannot convert ${kind} to ${type}` : `unrecognized type: ${type}`;
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "slice";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "bigint") return "int64";
  if (typeof value === "number") return Number.isInteger(value) ? "int64" : "float64";
  return typeof value === "string" ? "string" : "map";
}

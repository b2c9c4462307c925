import { isObject } from "@dingi/apimachinery";
import type { Schema } from "../../customresourcedefinition/subschemas.ts";
import { wrongType, type Finding } from "./findings.ts";
import { knownFormat } from "./known-format.ts";

/** Whether a value is of its schema's type, or of its format where that says more. Upstream: kube-openapi/pkg/validation/validate/type.go */
export function typeFinding(schema: Schema, value: unknown, name: string): Finding[] {
  const types = typesOf(schema);
  if (value === null) return nullFinding(schema, types, name);
  const actual = typeOf(value);
  if (types.includes(actual) || (actual === "integer" && types.includes("number"))) return [];
  const format = knownFormat(schema);
  if (format === "") return [wrongType(name, types.join(","), actual)];
  // What has a format is compared with that, but for texts and lists, which are looked at as values.
  if (!TEXTS.has(actual)) return [wrongType(name, format, NATIVE[actual] ?? "")];
  return types.some((type) => NUMBERS.has(type)) ? [wrongType(name, types.join(","), actual)] : [];
}

function nullFinding({ nullable }: Schema, types: readonly string[], name: string): Finding[] {
  return types.length > 0 && !nullable ? [wrongType(name, types.join(","), "null")] : [];
}

const TEXTS = new Set(["string", "array"]);
const NUMBERS = new Set(["number", "integer"]);

/** As Go holds them. */
const NATIVE: Readonly<Record<string, string>> = { integer: "int64", number: "float64" };

function typesOf({ type = "", "x-kubernetes-int-or-string": isEither }: Schema): readonly string[] {
  if (isEither) return ["integer", "string"];
  return type === "" ? [] : [type];
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (isObject(value)) return "object";
  if (typeof value === "bigint") return "integer";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

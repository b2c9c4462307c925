import type { Schema } from "../../customresourcedefinition/subschemas.ts";
import { finding, general, type Finding } from "./findings.ts";
import { knownFormat } from "./known-format.ts";

interface Checked {
  readonly value: number | bigint;
  readonly name: string;
  readonly type: string;
  readonly format: string;
}

/** Upstream: kube-openapi/pkg/validation/validate/validator.go#numberValidator */
export function numberFindings(schema: Schema, value: number | bigint, name: string): Finding[] {
  const type = schema.type === "integer" || schema.type === "number" ? schema.type : "";
  const checked = { value, name, type, format: type === "" ? "" : knownFormat(schema) };
  const { multipleOf, minimum, maximum } = schema;
  return [
    ...rangeFinding(value, "Checked", checked),
    ...(multipleOf === undefined ? [] : multipleFindings(multipleOf, checked)),
    ...(minimum === undefined ? [] : minimumFindings(minimum, schema.exclusiveMinimum === true, checked)),
    ...(maximum === undefined ? [] : maximumFindings(maximum, schema.exclusiveMaximum === true, checked)),
  ];
}

const INT32 = 2 ** 31;
const INT64 = 2n ** 63n;
const MAX_FLOAT32 = 3.4028234663852886e38;

/** Whether a number is one of the type. Upstream: …/values.go#IsValueValidAgainstRange */
function rangeFinding(value: number | bigint, what: string, { name, type, format }: Checked): Finding[] {
  if (type === "integer" ? isInRange(value, format) : format !== "float" || Math.abs(Number(value)) <= MAX_FLOAT32)
    return [];
  const kind = format === "" ? "(default format)" : `with format ${format}`;
  return [general(`${what} value must be of type ${type} ${kind} in ${name}`)];
}

function isInRange(value: number | bigint, format: string): boolean {
  if (typeof value === "number" && !Number.isInteger(value)) return false;
  if (format === "int32") return value >= -INT32 && value < INT32;
  return BigInt(value) >= -INT64 && BigInt(value) < INT64;
}

/** Integers are compared with what is an integer of a limit, unless the limit is none. */
function limitOf(limit: number, found: readonly Finding[], { value }: Checked): number {
  return found.length === 0 && isInteger(value) ? Math.trunc(limit) : limit;
}

const isInteger = (value: number | bigint): boolean => typeof value === "bigint" || Number.isInteger(value);

function multipleFindings(factor: number, checked: Checked): Finding[] {
  const found = rangeFinding(factor, "MultipleOf", checked);
  const { value, name } = checked;
  const limit = limitOf(factor, found, checked);
  if (limit <= 0) return [...found, general(`factor MultipleOf declared for ${name} must be positive: ${limit}`)];
  return isMultiple(value, limit) ? found : [...found, finding(name, value, `should be a multiple of ${limit}`)];
}

function isMultiple(value: number | bigint, factor: number): boolean {
  if (typeof value === "bigint") return Number.isInteger(factor) ? value % BigInt(factor) === 0n : true;
  if (Number.isInteger(value) && Number.isInteger(factor)) return value % factor === 0;
  return isNearlyInteger(factor < 1 ? (1 / factor) * value : value / factor);
}

const EPSILON = 1e-9;

/** Upstream: github.com/go-openapi/swag/convert.go#IsFloat64AJSONInteger */
function isNearlyInteger(value: number): boolean {
  if (!Number.isFinite(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER) return false;
  const whole = Math.round(value);
  const difference = Math.abs(value - whole);
  return difference === 0 || difference / Math.min(Math.abs(value) + Math.abs(whole), Number.MAX_VALUE) < EPSILON;
}

function minimumFindings(minimum: number, isExclusive: boolean, checked: Checked): Finding[] {
  const found = rangeFinding(minimum, "Minimum boundary", checked);
  const limit = limitOf(minimum, found, checked);
  const { value, name } = checked;
  if (isExclusive ? value > limit : value >= limit) return found;
  return [...found, finding(name, value, `should be greater than ${isExclusive ? "" : "or equal to "}${limit}`)];
}

function maximumFindings(maximum: number, isExclusive: boolean, checked: Checked): Finding[] {
  const found = rangeFinding(maximum, "Maximum boundary", checked);
  const limit = limitOf(maximum, found, checked);
  const { value, name } = checked;
  if (isExclusive ? value < limit : value <= limit) return found;
  return [...found, finding(name, value, `should be less than ${isExclusive ? "" : "or equal to "}${limit}`)];
}

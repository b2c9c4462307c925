import { formatType, typeOf } from "../check/type.ts";
import { formatDouble } from "./double-text.ts";
import { CelError, INT_OVERFLOW, UINT_OVERFLOW } from "./error.ts";
import type { CelInt } from "./numbers.ts";
import { CelDouble, CelUint, checkedInt, checkedUint, intOf, isInt, MAX_INT, MIN_INT } from "./numbers.ts";
import {
  CelDuration,
  CelTimestamp,
  formatDuration,
  formatTimestamp,
  parseDuration,
  parseTimestamp,
  timestampOfSeconds,
} from "./time.ts";
import { typeOfValue } from "./type-of.ts";
import type { Value } from "./value.ts";
import { TypeValue } from "./value.ts";

/** Conversion functions by the name of what they convert to. Each answers an error for what it cannot convert. */
export const CONVERSIONS: Readonly<Record<string, (value: Value) => Value>> = {
  int: toInt,
  uint: toUint,
  double: toDouble,
  string: toText,
  bytes: toBytes,
  bool: toBool,
  duration: toDuration,
  timestamp: toTimestamp,
};

function refuse(value: Value, name: string): CelError {
  return new CelError(`type conversion error from '${typeOfValue(value).name}' to '${name}'`);
}

function toInt(value: Value): Value {
  if (isInt(value)) return value;
  if (value instanceof CelUint) return checkedInt(value.value);
  if (value instanceof CelDouble) return doubleToInt(value.value);
  if (value instanceof CelTimestamp) return intOf(value.seconds);
  if (value instanceof CelDuration) return intOf(value.nanos);
  return (typeof value === "string" ? parseInt64(value) : undefined) ?? refuse(value, "int");
}

function doubleToInt(value: number): CelInt | CelError {
  // The bounds themselves cannot be told from what lies beyond them.
  if (!Number.isFinite(value) || value <= -(2 ** 63) || value >= 2 ** 63) return INT_OVERFLOW;
  return intOf(BigInt(Math.trunc(value)));
}

function parseInt64(text: string): CelInt | undefined {
  if (!/^[+-]?\d+$/.test(text)) return undefined;
  const value = BigInt(text.replace(/^\+/, ""));
  return value < MIN_INT || value > MAX_INT ? undefined : intOf(value);
}

function toUint(value: Value): Value {
  if (value instanceof CelUint) return value;
  if (isInt(value)) return checkedUint(BigInt(value));
  if (value instanceof CelDouble) return doubleToUint(value.value);
  if (typeof value !== "string" || !/^\d+$/.test(value)) return refuse(value, "uint");
  const uint = checkedUint(BigInt(value));
  return uint instanceof CelError ? refuse(value, "uint") : uint;
}

function doubleToUint(value: number): CelUint | CelError {
  if (!Number.isFinite(value) || value < 0 || value >= 2 ** 64) return UINT_OVERFLOW;
  return new CelUint(BigInt(Math.trunc(value)));
}

function toDouble(value: Value): Value {
  if (value instanceof CelDouble) return value;
  if (isInt(value)) return new CelDouble(Number(value));
  if (value instanceof CelUint) return new CelDouble(Number(value.value));
  const parsed = typeof value === "string" ? parseDouble(value) : undefined;
  return parsed === undefined ? refuse(value, "double") : new CelDouble(parsed);
}

function parseDouble(text: string): number | undefined {
  const special = /^([+-]?)(?:(inf|infinity)|(nan))$/i.exec(text);
  if (special) return special[3] ? Number.NaN : special[1] === "-" ? -Infinity : Infinity;
  if (!/^[+-]?(\d+(_?\d+)*\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** Value → text of the types that string() takes. */
function toText(value: Value): Value {
  if (typeof value === "string") return value;
  if (isInt(value) || typeof value === "boolean") return String(value);
  if (value instanceof CelUint) return String(value.value);
  if (value instanceof CelDouble) return formatDouble(value.value);
  return objectToText(value) ?? refuse(value, "string");
}

function objectToText(value: Value): Value | undefined {
  if (value instanceof Uint8Array) return decodeUtf8(value);
  if (value instanceof CelTimestamp) return formatTimestamp(value);
  if (value instanceof CelDuration) return formatDuration(value);
  return value instanceof TypeValue ? formatType(value.type) : undefined;
}

function decodeUtf8(bytes: Uint8Array): Value {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return new CelError("invalid UTF-8 in bytes, cannot convert to string");
  }
}

function toBytes(value: Value): Value {
  if (value instanceof Uint8Array) return value;
  return typeof value === "string" ? Buffer.from(value) : refuse(value, "bytes");
}

const TRUE = new Set(["1", "t", "T", "true", "TRUE", "True"]);
const FALSE = new Set(["0", "f", "F", "false", "FALSE", "False"]);

function toBool(value: Value): Value {
  if (typeof value === "boolean") return value;
  if (typeof value === "string" && TRUE.has(value)) return true;
  return typeof value === "string" && FALSE.has(value) ? false : refuse(value, "bool");
}

function toDuration(value: Value): Value {
  if (value instanceof CelDuration) return value;
  if (isInt(value)) return new CelDuration(BigInt(value));
  return (typeof value === "string" ? parseDuration(value) : undefined) ?? refuse(value, "google.protobuf.Duration");
}

function toTimestamp(value: Value): Value {
  if (value instanceof CelTimestamp) return value;
  if (isInt(value)) return timestampOfSeconds(BigInt(value));
  return (typeof value === "string" ? parseTimestamp(value) : undefined) ?? refuse(value, "google.protobuf.Timestamp");
}

export function toType(value: Value): TypeValue {
  const type = typeOfValue(value);
  return new TypeValue(value instanceof TypeValue ? typeOf(type) : type);
}

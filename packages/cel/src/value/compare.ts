import type { CelError } from "./error.ts";
import { NO_SUCH_OVERLOAD } from "./error.ts";
import { CelList } from "./value.ts";
import { CelMap } from "./value.ts";
import { compareNumbers, isNumeric } from "./numbers.ts";
import { CelDuration, CelTimestamp } from "./time.ts";
import type { Value } from "./value.ts";
import { CelOptional, Opaque, TypeValue } from "./value.ts";

/** Whether two values are equal; values of different types are not. Upstream: github.com/google/cel-go/common/types/util.go#Equal */
export function equals(a: Value, b: Value): boolean | CelError {
  if (a === b) return true;
  if (isNumeric(a)) return isNumeric(b) && compareNumbers(a, b) === 0;
  if (typeof a !== "object" || a === null || typeof b !== "object" || b === null) return false;
  return objectsEqual(a as object & Value, b as object & Value);
}

/** For places that take an error as "not equal". */
export function isEqual(a: Value, b: Value): boolean {
  return equals(a, b) === true;
}

function objectsEqual(a: object & Value, b: object & Value): boolean | CelError {
  if (a instanceof CelList) return b instanceof CelList && listsEqual(a, b);
  if (a instanceof CelMap) return b instanceof CelMap && mapsEqual(a, b);
  if (a instanceof Opaque) return b instanceof Opaque ? a.equals(b) : NO_SUCH_OVERLOAD;
  if (a instanceof CelOptional) return b instanceof CelOptional && optionalsEqual(a, b);
  return scalarsEqual(a, b);
}

function scalarsEqual(a: object, b: object): boolean {
  if (a instanceof CelTimestamp) return b instanceof CelTimestamp && a.nanos === b.nanos;
  if (a instanceof CelDuration) return b instanceof CelDuration && a.nanos === b.nanos;
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  return a instanceof TypeValue && b instanceof TypeValue && a.type.name === b.type.name;
}

function optionalsEqual(a: CelOptional, b: CelOptional): boolean {
  if (a.value === undefined || b.value === undefined) return a.value === b.value;
  return isEqual(a.value, b.value);
}

function listsEqual(a: CelList, b: CelList): boolean {
  const special = a.equalsSpecially(b);
  if (special !== undefined) return special;
  if (a.size !== b.size) return false;
  for (let i = 0; i < a.size; i += 1) if (!isEqual(a.at(i), b.at(i))) return false;
  return true;
}

function mapsEqual(a: CelMap, b: CelMap): boolean {
  if (a.size !== b.size) return false;
  for (const key of a.keys()) {
    const other = b.find(key);
    if (other === undefined || !isEqual(a.find(key)!, other)) return false;
  }
  return true;
}

/** -1, 0 or 1; an error if the two have no order. */
export function compare(a: Value, b: Value): -1 | 0 | 1 | CelError {
  if (typeof a === "number" && typeof b === "number") return sign(a - b);
  if (typeof a === "string" && typeof b === "string") return compareStrings(a, b);
  // Beside NaN nothing is less, equal or greater.
  if (isNumeric(a)) return isNumeric(b) ? (compareNumbers(a, b) ?? NAN_ORDER) : NO_SUCH_OVERLOAD;
  if (typeof a === "boolean" && typeof b === "boolean") return sign(Number(a) - Number(b));
  return compareObjects(a, b);
}

function compareObjects(a: Value, b: Value): -1 | 0 | 1 | CelError {
  if (a instanceof CelTimestamp && b instanceof CelTimestamp) return sign(a.nanos - b.nanos);
  if (a instanceof CelDuration && b instanceof CelDuration) return sign(a.nanos - b.nanos);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return sign(Buffer.compare(a, b));
  return NO_SUCH_OVERLOAD;
}

/** Differs: upstream answers this error too, in its own words. */
const NAN_ORDER: CelError = { message: "NaN values cannot be ordered" };

/** Whether a value has an order among its like. */
export function isComparable(value: Value): boolean {
  if (isNumeric(value) || typeof value === "string" || typeof value === "boolean") return true;
  return value instanceof CelTimestamp || value instanceof CelDuration || value instanceof Uint8Array;
}

function sign(difference: number | bigint): -1 | 0 | 1 {
  return difference < 0 ? -1 : difference > 0 ? 1 : 0;
}

/** By code points, which is the order of UTF-8. JavaScript compares by units, which puts U+FFFF behind all pairs. */
export function compareStrings(a: string, b: string): -1 | 0 | 1 {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x !== y) return sign(order(x) - order(y));
  }
  return sign(a.length - b.length);
}

/** Moves surrogates behind all other units. */
function order(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit;
}

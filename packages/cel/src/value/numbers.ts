import type { CelError } from "./error.ts";
import { INT_OVERFLOW, UINT_OVERFLOW } from "./error.ts";

/**
 * An int of 64 bits: a number while it is safe as one, which nearly all are, else a bigint. Never a bigint that a
 * number could stand for, so that equal ints are `===`.
 */
export type CelInt = number | bigint;

export const MIN_INT = -(2n ** 63n);
export const MAX_INT = 2n ** 63n - 1n;
export const MAX_UINT = 2n ** 64n - 1n;

/** A double. A class of its own because ints are numbers. */
export class CelDouble {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

export class CelUint {
  readonly value: bigint;

  constructor(value: bigint) {
    this.value = value;
  }
}

/** The int that a bigint within 64 bits is. */
export function intOf(value: bigint): CelInt {
  const small = Number(value);
  return Number.isSafeInteger(small) ? small : value;
}

export function checkedInt(value: bigint): CelInt | CelError {
  return value < MIN_INT || value > MAX_INT ? INT_OVERFLOW : intOf(value);
}

export function checkedUint(value: bigint): CelUint | CelError {
  return value < 0n || value > MAX_UINT ? UINT_OVERFLOW : new CelUint(value);
}

export function isInt(value: unknown): value is CelInt {
  return typeof value === "number" || typeof value === "bigint";
}

export function addInts(a: CelInt, b: CelInt): CelInt | CelError {
  if (typeof a === "number" && typeof b === "number") {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return checkedInt(BigInt(a) + BigInt(b));
}

export function subtractInts(a: CelInt, b: CelInt): CelInt | CelError {
  if (typeof a === "number" && typeof b === "number") {
    const difference = a - b;
    if (Number.isSafeInteger(difference)) return difference;
  }
  return checkedInt(BigInt(a) - BigInt(b));
}

export function multiplyInts(a: CelInt, b: CelInt): CelInt | CelError {
  if (typeof a === "number" && typeof b === "number") {
    const product = a * b;
    // Minus zero is no int.
    if (Number.isSafeInteger(product)) return product + 0;
  }
  return checkedInt(BigInt(a) * BigInt(b));
}

/** Any of the three kinds of number. */
type Numeric = CelInt | CelDouble | CelUint;

export function isNumeric(value: unknown): value is Numeric {
  return isInt(value) || value instanceof CelDouble || value instanceof CelUint;
}

/** What JavaScript compares exactly across number and bigint. */
export function rawNumber(value: Numeric): number | bigint {
  return typeof value === "object" ? value.value : value;
}

/** -1, 0 or 1; undefined beside NaN. Beside a double, what is none is rounded to one. */
export function compareNumbers(a: Numeric, b: Numeric): -1 | 0 | 1 | undefined {
  const asDoubles = a instanceof CelDouble || b instanceof CelDouble;
  const [x, y] = asDoubles ? [Number(rawNumber(a)), Number(rawNumber(b))] : [rawNumber(a), rawNumber(b)];
  if (x < y) return -1;
  if (x > y) return 1;
  // oxlint-disable-next-line eqeqeq -- A number and a bigint of equal value are never strictly equal.
  return x == y ? 0 : undefined;
}

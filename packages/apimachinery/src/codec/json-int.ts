const MAX_INT32 = 2 ** 31 - 1;
const MIN_INT32 = -(2 ** 31);
const MAX_INT64 = 2n ** 63n - 1n;
const MIN_INT64 = -(2n ** 63n);
const SAFE_DIGITS = 15;
/** With a sign. A longer literal is none: JSON has no leading zeros. */
export const INT64_DIGITS = 20;

/** The integer that a JSON number is, or undefined when it is none of that size. Beyond ±(2^53−1) it is a bigint. */
export function intOf(literal: string, is32: boolean): number | bigint | undefined {
  if (literal.length <= SAFE_DIGITS) {
    const value = Number(literal);
    if (!Number.isInteger(value) || /[.eE]/.test(literal)) return undefined;
    return isInt(value, is32) ? (value === 0 ? 0 : value) : undefined;
  }
  if (literal.length > INT64_DIGITS || !/^-?\d+$/.test(literal)) return undefined;
  const value = BigInt(literal);
  if (!isInt(value, is32)) return undefined;
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

export function isInt(value: number | bigint, is32: boolean): boolean {
  if (typeof value === "number")
    return is32 ? Number.isInteger(value) && value <= MAX_INT32 && value >= MIN_INT32 : Number.isSafeInteger(value);
  return !is32 && value <= MAX_INT64 && value >= MIN_INT64;
}

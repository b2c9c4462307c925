/** Arithmetic of 64 unsigned bits that stops at the largest instead of running over. Upstream: github.com/google/cel-go/checker/cost.go */
export const MAX_UINT64 = 2n ** 64n - 1n;

export function satAdd(a: bigint, b: bigint): bigint {
  const sum = a + b;
  return sum > MAX_UINT64 ? MAX_UINT64 : sum;
}

function satMultiply(a: bigint, b: bigint): bigint {
  const product = a * b;
  return product > MAX_UINT64 ? MAX_UINT64 : product;
}

/** Rounded up. */
function satScale(a: bigint, factor: number): bigint {
  const scaled = Math.ceil(Number(a) * factor);
  return scaled >= 2 ** 64 ? MAX_UINT64 : BigInt(scaled);
}

/** From the least to the most: of a size, or of a cost. */
export interface Range {
  readonly min: bigint;
  readonly max: bigint;
}

export const UNKNOWN: Range = { min: 0n, max: MAX_UINT64 };
export const NOTHING: Range = { min: 0n, max: 0n };

export function exactly(value: bigint | number): Range {
  return { min: BigInt(value), max: BigInt(value) };
}

export function range(min: bigint | number, max: bigint | number): Range {
  return { min: BigInt(min), max: BigInt(max) };
}

export function plus(...ranges: readonly Range[]): Range {
  return ranges.reduce((sum, { min, max }) => ({ min: satAdd(sum.min, min), max: satAdd(sum.max, max) }), NOTHING);
}

export function times(a: Range, b: Range): Range {
  return { min: satMultiply(a.min, b.min), max: satMultiply(a.max, b.max) };
}

export function scaled(a: Range, factor: number): Range {
  return { min: satScale(a.min, factor), max: satScale(a.max, factor) };
}

export function union(a: Range, b: Range): Range {
  return { min: a.min < b.min ? a.min : b.min, max: a.max > b.max ? a.max : b.max };
}

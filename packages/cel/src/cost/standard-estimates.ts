import { REGEX_FACTOR, STRING_FACTOR } from "./call-costs.ts";
import type { CallEstimate, CallEstimator, CostNode } from "./call-estimate.ts";
import type { Range } from "./saturating.ts";
import { exactly, MAX_UINT64, plus, scaled, times, UNKNOWN } from "./saturating.ts";

const sizeOf = ({ computedSize }: CostNode): Range => computedSize ?? UNKNOWN;

function onTarget(estimate: (target: Range) => CallEstimate): CallEstimator {
  return ({ target }) => (target ? estimate(sizeOf(target)) : undefined);
}

function onFirst(estimate: (size: Range) => CallEstimate): CallEstimator {
  return ({ args }) => estimate(sizeOf(args[0]!));
}

const matches: CallEstimator = ({ target, args }) => {
  const [text, pattern] = target ? [target, args[0]!] : [args[0]!, args[1]!];
  const textCost = scaled(plus(sizeOf(text), exactly(1)), STRING_FACTOR);
  return { cost: times(textCost, scaled(sizeOf(pattern), REGEX_FACTOR)) };
};

const compared: CallEstimator = ({ args }) => {
  const [left, right] = [sizeOf(args[0]!), sizeOf(args[1]!)];
  const max = left.max < right.max ? left.max : right.max;
  return { cost: scaled({ min: max > 0n ? 1n : 0n, max }, STRING_FACTOR) };
};

function joined(costOf: (size: Range) => Range): CallEstimator {
  return ({ args }) => {
    const resultSize = plus(sizeOf(args[0]!), sizeOf(args[1]!));
    return { cost: costOf(resultSize), resultSize };
  };
}

const ofSize = (size: Range): Range => scaled(size, STRING_FACTOR);
/** As upstream's plain product does: it runs over. */
const wrapped = (value: bigint): bigint => value & MAX_UINT64;

const COMPARISONS = ["less", "greater", "less_equals", "greater_equals"];

/** By overload; all others cost 1. Upstream: github.com/google/cel-go/checker/cost.go#functionCost */
export const STANDARD_ESTIMATES: ReadonlyMap<string, CallEstimator> = new Map<string, CallEstimator>([
  ["string_format", onTarget((size) => ({ cost: ofSize(size) }))],
  [
    "string_to_bytes",
    onFirst((size) => ({ cost: ofSize(size), resultSize: { min: size.min, max: wrapped(size.max * 4n) } })),
  ],
  ["bytes_to_string", onFirst((size) => ({ cost: ofSize(size), resultSize: { min: size.min / 4n, max: size.max } }))],
  [
    "strings_quote",
    onFirst((size) => ({ cost: ofSize(size), resultSize: { min: size.min + 2n, max: wrapped(size.max * 2n + 2n) } })),
  ],
  ["starts_with_string", onFirst((size) => ({ cost: ofSize(size) }))],
  ["ends_with_string", onFirst((size) => ({ cost: ofSize(size) }))],
  ["in_list", ({ args }) => ({ cost: scaled(sizeOf(args[1]!), 1) })],
  ["matches", matches],
  ["matches_string", matches],
  ["contains_string", ({ target, args }) => ({ cost: times(ofSize(sizeOf(target!)), ofSize(sizeOf(args[0]!))) })],
  ["add_string", joined(ofSize)],
  ["add_bytes", joined(ofSize)],
  ["add_list", joined(() => exactly(1))],
  ["equals", compared],
  ["not_equals", compared],
  ...COMPARISONS.flatMap((name): [string, CallEstimator][] => [
    [`${name}_string`, compared],
    [`${name}_bytes`, compared],
  ]),
]);

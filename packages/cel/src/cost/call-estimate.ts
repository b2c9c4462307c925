import type { CelType } from "../check/type.ts";
import type { Expr } from "../parse/expr.ts";
import { isInt } from "../value/numbers.ts";
import type { Range } from "./saturating.ts";
import { UNKNOWN } from "./saturating.ts";

/** A part of an expression as estimators see it. */
export interface CostNode {
  /** Where its value comes from: a variable, fields, "@items", "@keys", "@values", "@indices". Empty if unknown. */
  readonly path: readonly string[];
  readonly type: CelType;
  /** Not set for the elements of a list. */
  readonly expr?: Expr;
  readonly computedSize?: Range | undefined;
}

/** Knows how large values may be; undefined where it does not. */
export interface SizeEstimator {
  estimateSize(node: CostNode): Range | undefined;
}

export interface EstimatedCall {
  readonly overload: string;
  readonly target?: CostNode | undefined;
  readonly args: readonly CostNode[];
  readonly sizes: SizeEstimator;
}

export interface CallEstimate {
  /** Without the arguments. */
  readonly cost: Range;
  readonly resultSize?: Range;
}

export type CallEstimator = (call: EstimatedCall) => CallEstimate | undefined;

export function estimateSize(sizes: SizeEstimator, node: CostNode): Range {
  return node.computedSize ?? sizes.estimateSize(node) ?? UNKNOWN;
}

/** The size that an int literal names; `otherwise` for anything else. */
export function literalSize({ expr }: CostNode, otherwise: bigint): bigint {
  if (expr?.kind !== "literal" || !isInt(expr.value)) return otherwise;
  return expr.value < 0 ? 0n : BigInt(expr.value);
}

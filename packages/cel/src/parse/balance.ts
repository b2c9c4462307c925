import type { Expr } from "./expr.ts";

/** A chain of one operator as a tree that is no deeper than it must be. `ids[i]` is of the operator before term i+1. */
export function balance(fn: string, terms: readonly Expr[], ids: readonly number[]): Expr {
  if (terms.length === 1) return terms[0]!;
  const build = (low: number, high: number): Expr => {
    const middle = (low + high + 1) >> 1;
    const left = middle === low ? terms[middle]! : build(low, middle - 1);
    const right = middle === high ? terms[middle + 1]! : build(middle + 1, high);
    return { kind: "call", id: ids[middle]!, fn, args: [left, right] };
  };
  return build(0, ids.length - 1);
}

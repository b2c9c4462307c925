import type { Value } from "../value/value.ts";

/** An expression as parsed. Every node has an id; positions, types and references are kept by id. */
export type Expr = Literal | Ident | Select | Call | ListExpr | MapExpr | StructExpr | Comprehension | Unspecified;

interface Node {
  readonly id: number;
}

interface Literal extends Node {
  readonly kind: "literal";
  readonly value: Value;
}

/** What stands where an error was reported. */
interface Unspecified extends Node {
  readonly kind: "unspecified";
}

export interface Ident extends Node {
  readonly kind: "ident";
  readonly name: string;
}

export interface Select extends Node {
  readonly kind: "select";
  readonly operand: Expr;
  readonly field: string;
  /** Whether only presence is asked: has(operand.field). */
  readonly testOnly: boolean;
}

export interface Call extends Node {
  readonly kind: "call";
  readonly fn: string;
  /** The receiver of a member call. */
  readonly target?: Expr | undefined;
  readonly args: readonly Expr[];
}

export interface ListExpr extends Node {
  readonly kind: "list";
  readonly elements: readonly Expr[];
  /** Indices of elements that were written with "?". */
  readonly optional: ReadonlySet<number>;
}

export interface MapEntry extends Node {
  readonly key: Expr;
  readonly value: Expr;
  readonly optional: boolean;
}

export interface MapExpr extends Node {
  readonly kind: "map";
  readonly entries: readonly MapEntry[];
}

export interface StructField extends Node {
  readonly name: string;
  readonly value: Expr;
  readonly optional: boolean;
}

export interface StructExpr extends Node {
  readonly kind: "struct";
  readonly typeName: string;
  readonly fields: readonly StructField[];
}

/** A loop: what every macro over a range becomes. */
export interface Comprehension extends Node {
  readonly kind: "comprehension";
  readonly range: Expr;
  readonly iterVar: string;
  /** Set in the form with two variables: the key or index is `iterVar`, the value this. */
  readonly iterVar2?: string | undefined;
  readonly accuVar: string;
  readonly accuInit: Expr;
  readonly condition: Expr;
  readonly step: Expr;
  readonly result: Expr;
}

/** The children of a node, in the order in which they are evaluated. */
export function childrenOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case "select":
      return [expr.operand];
    case "call":
      return expr.target ? [expr.target, ...expr.args] : expr.args;
    case "list":
      return expr.elements;
    case "map":
      return expr.entries.flatMap(({ key, value }) => [key, value]);
    case "struct":
      return expr.fields.map(({ value }) => value);
    case "comprehension":
      return [expr.range, expr.accuInit, expr.condition, expr.step, expr.result];
    default:
      return [];
  }
}

/** Visits `expr` and all below it, with the nodes above each; parents before children. */
export function visit(
  expr: Expr,
  each: (expr: Expr, above: readonly Expr[]) => void,
  above: readonly Expr[] = [],
): void {
  each(expr, above);
  const path = [...above, expr];
  for (const child of childrenOf(expr)) visit(child, each, path);
}

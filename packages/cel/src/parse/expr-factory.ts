import type { Value } from "../value/value.ts";
import type { Comprehension, Expr, ListExpr, MapEntry } from "./expr.ts";
import { ACCUMULATOR } from "./operators.ts";

/** Makes nodes with fresh ids, and remembers where each stands. */
export class ExprFactory {
  /** Node id → offset in code points. */
  readonly offsets = new Map<number, number>();
  #lastId = 0;

  id(offset: number): number {
    this.#lastId += 1;
    this.offsets.set(this.#lastId, offset);
    return this.#lastId;
  }

  /** A factory whose nodes all stand at `offset`: what a macro makes stands where the macro was called. */
  at(offset: number): MacroFactory {
    return new MacroFactory(this, offset);
  }
}

/** What the expansion of a macro is built with. */
export class MacroFactory {
  readonly #factory: ExprFactory;
  readonly #offset: number;

  constructor(factory: ExprFactory, offset: number) {
    this.#factory = factory;
    this.#offset = offset;
  }

  literal(value: Value): Expr {
    return { kind: "literal", id: this.#id(), value };
  }

  ident(name: string): Expr {
    return { kind: "ident", id: this.#id(), name };
  }

  accumulator(): Expr {
    return this.ident(ACCUMULATOR);
  }

  call(fn: string, ...args: Expr[]): Expr {
    return { kind: "call", id: this.#id(), fn, args };
  }

  memberCall(fn: string, target: Expr, ...args: Expr[]): Expr {
    return { kind: "call", id: this.#id(), fn, target, args };
  }

  presence(operand: Expr, field: string): Expr {
    return { kind: "select", id: this.#id(), operand, field, testOnly: true };
  }

  list(...elements: Expr[]): Expr {
    return { kind: "list", id: this.#id(), elements, optional: new Set() };
  }

  map(): Expr {
    return { kind: "map", id: this.#id(), entries: [] };
  }

  comprehension(parts: Omit<Comprehension, "kind" | "id">): Expr {
    return { kind: "comprehension", id: this.#id(), ...parts };
  }

  /** The same expression with ids of its own, for a second place. */
  copy(expr: Expr): Expr {
    const id = this.#factory.id(this.#factory.offsets.get(expr.id) ?? this.#offset);
    return { ...expr, ...this.#copyChildren(expr), id } as Expr;
  }

  #copyChildren(expr: Expr): Partial<Expr> {
    switch (expr.kind) {
      case "select":
        return { operand: this.copy(expr.operand) };
      case "call":
        return { target: expr.target && this.copy(expr.target), args: expr.args.map((arg) => this.copy(arg)) };
      case "list":
        return { elements: expr.elements.map((element) => this.copy(element)) } as Partial<ListExpr>;
      case "map":
        return { entries: expr.entries.map((entry) => this.#copyEntry(entry)) };
      case "struct":
        return { fields: expr.fields.map((field) => ({ ...field, id: this.#id(), value: this.copy(field.value) })) };
      case "comprehension":
        return {
          range: this.copy(expr.range),
          accuInit: this.copy(expr.accuInit),
          condition: this.copy(expr.condition),
          step: this.copy(expr.step),
          result: this.copy(expr.result),
        };
      default:
        return {};
    }
  }

  #copyEntry(entry: MapEntry): MapEntry {
    return { ...entry, id: this.#id(), key: this.copy(entry.key), value: this.copy(entry.value) };
  }

  #id(): number {
    return this.#factory.id(this.#offset);
  }
}

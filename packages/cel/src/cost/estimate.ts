import type { CheckedExpr } from "../check/checker.ts";
import type { CelType } from "../check/type.ts";
import { isOptional } from "../check/type.ts";
import type { Call, Comprehension, Expr, Ident, ListExpr, MapExpr, Select } from "../parse/expr.ts";
import { ACCUMULATOR, ADD, CONDITIONAL, LOGICAL_AND, LOGICAL_OR, OLD_ACCUMULATOR } from "../parse/operators.ts";
import { sizeOf } from "../value/size.ts";
import type { Value } from "../value/value.ts";
import type { CallEstimate, CallEstimator, CostNode, EstimatedCall, SizeEstimator } from "./call-estimate.ts";
import type { EntrySize } from "./entry-size.ts";
import { noEntries, unionEntries, withEntry } from "./entry-size.ts";
import type { Range } from "./saturating.ts";
import { exactly, MAX_UINT64, NOTHING, plus, times, union, UNKNOWN } from "./saturating.ts";
import { STANDARD_ESTIMATES } from "./standard-estimates.ts";

interface EstimateOptions {
  readonly sizes: SizeEstimator;
  /** What libraries say, by overload; asked first. */
  readonly byOverload: ReadonlyMap<string, CallEstimator>;
  /** What libraries say, by function. */
  readonly byFunction: ReadonlyMap<string, CallEstimator>;
}

const ONE = exactly(1);
const LIST_COST = exactly(10);
const MAP_COST = exactly(30);
const STRUCT_COST = exactly(40);

/** What an expression may cost, from the least to the most. Upstream: github.com/google/cel-go/checker/cost.go#Cost */
export function estimateCost(checked: CheckedExpr, options: EstimateOptions): Range {
  return new Coster(checked, options).cost(checked.expr);
}

/** A variable of a loop: where its value comes from and how large it may be. */
interface Local {
  readonly path: readonly string[];
  readonly size?: Range | undefined;
  readonly entries?: EntrySize | undefined;
}

interface CallParts {
  readonly target: CostNode | undefined;
  readonly args: readonly CostNode[];
  readonly argCosts: readonly Range[];
}

class Coster {
  readonly #checked: CheckedExpr;
  readonly #options: EstimateOptions;
  readonly #paths = new Map<number, readonly string[]>();
  readonly #locals = new Map<string, readonly Local[]>();
  readonly #sizes = new Map<number, Range>();
  readonly #entries = new Map<number, EntrySize>();

  constructor(checked: CheckedExpr, options: EstimateOptions) {
    this.#checked = checked;
    this.#options = options;
  }

  cost(expr: Expr): Range {
    switch (expr.kind) {
      case "ident":
        return this.#ident(expr);
      case "select":
        return this.#select(expr);
      case "call":
        return this.#call(expr);
      case "list":
        return this.#list(expr);
      case "map":
        return this.#map(expr);
      case "struct":
        return plus(...expr.fields.map(({ value }) => this.cost(value)), STRUCT_COST);
      case "comprehension":
        return isBind(expr) ? this.#bind(expr) : this.#comprehension(expr);
      default:
        return NOTHING;
    }
  }

  #ident({ id, name }: Ident): Range {
    this.#paths.set(id, this.#local(name)?.path ?? [name]);
    return ONE;
  }

  #select(expr: Select): Range {
    const operand = this.cost(expr.operand);
    if (expr.testOnly) return operand;
    this.#paths.set(expr.id, [...this.#pathOf(expr.operand), expr.field]);
    return ["map", "struct", "param"].includes(this.#typeOf(expr.operand).kind) ? plus(operand, ONE) : operand;
  }

  #call(expr: Call): Range {
    if (expr.fn === "dyn") return this.#dyn(expr);
    const argCosts = expr.args.map((arg) => this.cost(arg));
    const args = expr.args.map((arg) => this.#node(arg));
    const overloads = this.#checked.references.get(expr.id)?.overloads ?? [];
    if (overloads.length === 0) return NOTHING;
    const targetCost = expr.target ? this.cost(expr.target) : NOTHING;
    const target = expr.target && this.#node(expr.target);
    return plus(targetCost, this.#overloads(expr, overloads, { target, args, argCosts }));
  }

  /** Any of the overloads may be meant: the least of the least, the most of the most. */
  #overloads(expr: Call, overloads: readonly string[], { target, args, argCosts }: CallParts): Range {
    let cost: Range = { min: MAX_UINT64, max: 0n };
    let resultSize: Range | undefined;
    for (const overload of overloads) {
      const estimate = this.#callEstimate(expr, { overload, target, args, sizes: this.#options.sizes }, argCosts);
      cost = union(cost, estimate.cost);
      if (estimate.resultSize) resultSize = resultSize ? union(resultSize, estimate.resultSize) : estimate.resultSize;
      resultSize = this.#indexSize(expr, overload, resultSize) ?? this.#sizeOf(expr);
    }
    if (resultSize) this.#sizes.set(expr.id, resultSize);
    return cost;
  }

  /** An element's size, where its list or map knows it; and where it comes from. */
  // oxlint-disable-next-line max-params -- One step of #call.
  #indexSize(expr: Call, overload: string, size: Range | undefined): Range | undefined {
    if (overload !== "index_list" && overload !== "index_map") return size;
    const container = expr.args[0]!;
    this.#paths.set(expr.id, [...this.#pathOf(container), overload === "index_list" ? "@items" : "@values"]);
    return this.#entriesOf(container)?.value;
  }

  #dyn(expr: Call): Range {
    const [arg] = expr.args;
    const cost = plus(ONE, this.cost(arg!));
    this.#copySizes(expr, arg!);
    return cost;
  }

  #callEstimate(expr: Call, call: EstimatedCall, argCosts: readonly Range[]): CallEstimate {
    const { byOverload, byFunction } = this.#options;
    const known = byOverload.get(call.overload)?.(call) ?? byFunction.get(expr.fn)?.(call);
    if (known) return { ...known, cost: plus(known.cost, ...argCosts) };
    const special = this.#operatorEstimate(expr, argCosts);
    if (special) return special;
    const estimate = STANDARD_ESTIMATES.get(call.overload)?.(call) ?? { cost: ONE };
    if (expr.fn === ADD)
      this.#setEntries(expr, unionEntries(this.#entriesOf(expr.args[0]!), this.#entriesOf(expr.args[1]!)));
    return { ...estimate, cost: plus(estimate.cost, ...argCosts) };
  }

  /** Operators that do not run all of their operands. */
  #operatorEstimate(expr: Call, [first, second, third]: readonly Range[]): CallEstimate | undefined {
    if (expr.fn === LOGICAL_AND || expr.fn === LOGICAL_OR) {
      return { cost: { min: first!.min, max: plus(first!, second!).max } };
    }
    if (expr.fn !== CONDITIONAL) return undefined;
    const [, yes, no] = expr.args;
    this.#setEntries(expr, unionEntries(this.#entriesOf(yes!), this.#entriesOf(no!)));
    const resultSize = union(this.#sizeOf(yes!) ?? UNKNOWN, this.#sizeOf(no!) ?? UNKNOWN);
    return { cost: plus(first!, union(second!, third!)), resultSize };
  }

  #list(expr: ListExpr): Range {
    const costs = expr.elements.map((element) => this.cost(element));
    const sizes = expr.elements.map((element) => this.#sizeOf(element) ?? UNKNOWN);
    this.#entries.set(expr.id, { container: "list", key: ONE, value: sizes.reduce(union, noEntries(sizes.length)) });
    return plus(...costs, LIST_COST);
  }

  #map(expr: MapExpr): Range {
    const costs = expr.entries.flatMap(({ key, value }) => [this.cost(key), this.cost(value)]);
    const empty: EntrySize = {
      container: "map",
      key: noEntries(expr.entries.length),
      value: noEntries(expr.entries.length),
    };
    const entries = expr.entries.reduce(
      (sizes, { key, value }) => withEntry(sizes, this.#sizeOf(key) ?? UNKNOWN, this.#sizeOf(value) ?? UNKNOWN),
      empty,
    );
    this.#entries.set(expr.id, entries);
    return plus(...costs, MAP_COST);
  }

  #comprehension(expr: Comprehension): Range {
    const before = plus(this.cost(expr.range), this.cost(expr.accuInit));
    this.#push(expr.accuVar, this.#asLocal(expr.accuInit));
    this.#pushLoopVars(expr);
    const turn = plus(this.cost(expr.step), this.cost(expr.condition));
    this.#popLoopVars(expr);
    const result = this.cost(expr.result);
    this.#pop(expr.accuVar);
    const turns = this.#sizeOf(expr.range) ?? UNKNOWN;
    this.#resultSize(expr, turns);
    return plus(before, result, times(turns, turn));
  }

  #resultSize(expr: Comprehension, turns: Range): void {
    if (expr.accuInit.kind === "literal") {
      const size = this.#sizeOf(expr.accuInit);
      if (size) this.#sizes.set(expr.id, size);
    }
    if (expr.accuInit.kind !== "list" && expr.accuInit.kind !== "map") return;
    this.#sizes.set(expr.id, turns);
    this.#setEntries(expr, this.#entriesOf(expr.step));
  }

  #bind(expr: Comprehension): Range {
    const before = plus(this.cost(expr.range), this.cost(expr.accuInit));
    this.#push(expr.accuVar, this.#asLocal(expr.accuInit));
    const result = this.cost(expr.result);
    this.#pop(expr.accuVar);
    this.#copySizes(expr, expr.result);
    return plus(before, result);
  }

  #asLocal(expr: Expr): Local {
    return { path: this.#pathOf(expr), size: this.#sizeOf(expr), entries: this.#entriesOf(expr) };
  }

  #pushLoopVars({ range, iterVar, iterVar2 }: Comprehension): void {
    const entries = this.#entriesOf(range);
    const isList = (entries?.container ?? this.#typeOf(range).kind) === "list";
    const path = this.#pathOf(range);
    const key: Local = { path: [...path, isList ? "@indices" : "@keys"], size: entries?.key };
    const value: Local = { path: [...path, isList ? "@items" : "@values"], size: entries?.value };
    this.#push(iterVar, iterVar2 === undefined && isList ? value : key);
    if (iterVar2 !== undefined) this.#push(iterVar2, value);
  }

  #popLoopVars({ iterVar, iterVar2 }: Comprehension): void {
    this.#pop(iterVar);
    if (iterVar2 !== undefined) this.#pop(iterVar2);
  }

  #push(name: string, local: Local): void {
    this.#locals.set(name, [...(this.#locals.get(name) ?? []), local]);
  }

  #pop(name: string): void {
    this.#locals.set(name, this.#locals.get(name)!.slice(0, -1));
  }

  #local(name: string): Local | undefined {
    return this.#locals.get(name)?.at(-1);
  }

  #typeOf(expr: Expr): CelType {
    return this.#checked.types.get(expr.id)!;
  }

  #pathOf(expr: Expr): readonly string[] {
    const local = expr.kind === "ident" ? this.#local(expr.name) : undefined;
    return local?.path ?? this.#paths.get(expr.id) ?? [];
  }

  #node(expr: Expr): CostNode {
    const path = this.#pathOf(expr);
    const known = path[0] === ACCUMULATOR || path[0] === OLD_ACCUMULATOR ? [] : path;
    return { path: known, type: this.#typeOf(expr), expr, computedSize: this.#sizeOf(expr) };
  }

  #sizeOf(expr: Expr): Range | undefined {
    const known = this.#sizes.get(expr.id) ?? literalSizeOf(expr);
    if (known) return known;
    const estimated = this.#options.sizes.estimateSize({ path: this.#pathOf(expr), type: this.#typeOf(expr), expr });
    if (estimated) {
      this.#sizes.set(expr.id, estimated);
      return estimated;
    }
    if (isScalar(this.#typeOf(expr))) return ONE;
    return expr.kind === "ident" ? this.#local(expr.name)?.size : undefined;
  }

  #entriesOf(expr: Expr): EntrySize | undefined {
    return this.#entries.get(expr.id) ?? (expr.kind === "ident" ? this.#local(expr.name)?.entries : undefined);
  }

  #setEntries(expr: Expr, entries: EntrySize | undefined): void {
    if (entries) this.#entries.set(expr.id, entries);
  }

  #copySizes(to: Expr, from: Expr): void {
    const size = this.#sizeOf(from);
    if (size) this.#sizes.set(to.id, size);
    this.#setEntries(to, this.#entriesOf(from));
  }
}

/** cel.bind and its like: no turn, only a variable. */
function isBind({ range, condition, accuVar }: Comprehension): boolean {
  const empty = range.kind === "list" && range.elements.length === 0;
  return empty && condition.kind === "literal" && condition.value === false && accuVar !== OLD_ACCUMULATOR;
}

function literalSizeOf(expr: Expr): Range | undefined {
  if (expr.kind === "literal") return exactly(sizeOfLiteral(expr.value));
  if (expr.kind === "list") return exactly(expr.elements.length);
  return expr.kind === "map" ? exactly(expr.entries.length) : undefined;
}

function sizeOfLiteral(value: Value): number {
  return typeof value === "string" || value instanceof Uint8Array ? sizeOf(value)! : 1;
}

const SCALARS = new Set(["bool", "double", "duration", "int", "timestamp", "uint"]);

function isScalar(type: CelType): boolean {
  return isOptional(type) ? isScalar(type.params[0]!) : SCALARS.has(type.kind);
}

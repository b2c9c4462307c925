import {
  admissionEnvironment,
  compileExpression,
  DeclaredVariables,
  type Declarations,
  type V1Variable,
} from "@dingi/api";
import { CelError, CelMap, type CelType, type Value } from "@dingi/cel";
import type { Composition, Expression, ExpressionActivation } from "../expression/expression-run.ts";

/** The variables of a policy, which its expressions refer to. Upstream: apiserver/pkg/admission/plugin/cel/composition.go */
export class CompiledVariables {
  readonly #params: boolean;
  readonly #declared = new DeclaredVariables();
  readonly #expressions = new Map<string, Expression>();

  constructor(variables: readonly V1Variable[], params: boolean) {
    this.#params = params;
    for (const { name, expression } of variables) {
      const made = this.compile(expression, { authorizer: true });
      this.#declared.declare(name, made.compiled.outputType);
      this.#expressions.set(name, made);
    }
  }

  /** @param returns What it must give; anything when absent. */
  compile(expression: string, declared: Omit<Declarations, "variables">, returns?: readonly CelType[]): Expression {
    const environment = admissionEnvironment(
      { params: this.#params, ...declared, variables: this.#declared },
      "stored",
    );
    return { expression, compiled: compileExpression(environment, expression, returns) };
  }

  /** The variables as one request gives them. Each is evaluated once, when it is used first. */
  in(activation: ExpressionActivation): Composition {
    return new RequestVariables(this.#expressions, activation);
  }
}

class RequestVariables implements Composition {
  readonly #expressions: ReadonlyMap<string, Expression>;
  readonly #activation: ExpressionActivation;
  readonly #values: LazyVariables;
  #cost = 0;

  constructor(expressions: ReadonlyMap<string, Expression>, activation: ExpressionActivation) {
    this.#expressions = expressions;
    this.#activation = activation;
    this.#values = new LazyVariables([...expressions.keys()], (name) => this.#evaluate(name));
  }

  resolve(name: string): Value | undefined {
    return name === "variables" ? this.#values : undefined;
  }

  takeCost(): number {
    const cost = this.#cost;
    this.#cost = 0;
    return cost;
  }

  #evaluate(name: string): Value {
    const { compiled } = this.#expressions.get(name)!;
    const quoted = JSON.stringify(name);
    if (!compiled.program)
      return new CelError(`composited variable ${quoted} fails to compile: ${compiled.flaw.message}`);
    const resolve = (other: string) => this.resolve(other) ?? this.#activation.resolve(other);
    const { value, cost } = compiled.program.evaluate({ resolve });
    this.#cost += cost;
    if (!(value instanceof CelError)) return value;
    return new CelError(`composited variable ${quoted} fails to evaluate: ${value.message}`);
  }
}

/** A map whose values are made when they are asked for. Upstream: apiserver/pkg/cel/lazy/lazy.go */
class LazyVariables extends CelMap {
  readonly #names: ReadonlySet<string>;
  readonly #make: (name: string) => Value;
  readonly #made = new Map<string, Value>();

  constructor(names: readonly string[], make: (name: string) => Value) {
    super();
    this.#names = new Set(names);
    this.#make = make;
  }

  get size(): number {
    return this.#names.size;
  }

  keys(): Iterable<Value> {
    return this.#names;
  }

  find(key: Value): Value | undefined {
    if (!this.has(key)) return undefined;
    const name = key as string;
    if (!this.#made.has(name)) this.#made.set(name, this.#make(name));
    return this.#made.get(name);
  }

  override has(key: Value): boolean {
    return typeof key === "string" && this.#names.has(key);
  }
}

import { EvaluationCancelled } from "../value/error.ts";
import type { Value } from "../value/value.ts";

/** The values of an expression's variables, asked for when they are used. */
export interface Activation {
  /** Undefined if there is no such variable. */
  resolve(name: string): Value | undefined;
}

export interface EvaluationLimits {
  /** The cost beyond which the evaluation is cancelled. */
  readonly costLimit?: number | undefined;
  /** Asked at every hundredth turn of a loop; true cancels the evaluation. */
  readonly interrupted?: (() => boolean) | undefined;
}

const TURNS_BETWEEN_CHECKS = 100;

/** One evaluation: where its variables and its cost are kept. */
export class Frame {
  readonly activation: Activation;
  /** The variables of loops, by the number that planning gave them. */
  readonly slots: (Value | undefined)[] = [];
  cost = 0;
  readonly #limit: number;
  readonly #interrupted: (() => boolean) | undefined;
  #turns = 0;

  constructor(activation: Activation, { costLimit, interrupted }: EvaluationLimits) {
    this.activation = activation;
    this.#limit = costLimit ?? Infinity;
    this.#interrupted = interrupted;
  }

  /** Upstream: github.com/google/cel-go/interpreter/runtimecost.go#Observe */
  charge(cost: number): void {
    this.cost += cost;
    if (this.cost > this.#limit) throw new EvaluationCancelled("operation cancelled: actual cost limit exceeded");
  }

  turn(): void {
    this.#turns += 1;
    if (this.#turns % TURNS_BETWEEN_CHECKS === 0 && this.#interrupted?.()) {
      throw new EvaluationCancelled("operation interrupted");
    }
  }
}

/** A part of an expression, ready to run. */
export type Step = (frame: Frame) => Value;

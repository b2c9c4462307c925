import type { CheckedExpr } from "../check/checker.ts";
import type { CelType } from "../check/type.ts";
import type { SizeEstimator } from "../cost/call-estimate.ts";
import type { Range } from "../cost/saturating.ts";
import type { Activation, EvaluationLimits, Step } from "../evaluate/frame.ts";
import { Frame } from "../evaluate/frame.ts";
import { CelError, EvaluationCancelled } from "../value/error.ts";
import type { Value } from "../value/value.ts";

/** What an evaluation gave, and what it cost. */
export interface Evaluation {
  readonly value: Value;
  readonly cost: number;
  /** Whether it was cut off: by the limit of costs, or from outside. `value` says why. */
  readonly cancelled: boolean;
}

/** An expression that is ready to run. */
export class Program {
  readonly #run: Step;
  readonly #limits: EvaluationLimits;

  constructor(run: Step, limits: EvaluationLimits) {
    this.#run = run;
    this.#limits = limits;
  }

  evaluate(activation: Activation, limits: EvaluationLimits = {}): Evaluation {
    const frame = new Frame(activation, { ...this.#limits, ...limits });
    try {
      return { value: this.#run(frame), cost: frame.cost, cancelled: false };
    } catch (error) {
      // What JavaScript cannot hold: a string, an array or a stack that is too large.
      const tooLarge = error instanceof RangeError;
      if (!tooLarge && !(error instanceof EvaluationCancelled)) throw error;
      return { value: new CelError(error.message), cost: frame.cost, cancelled: true };
    }
  }
}

/** An expression that was checked. */
export interface Compiled {
  readonly checked: CheckedExpr;
  readonly outputType: CelType;
  estimateCost(sizes?: SizeEstimator): Range;
  /** @throws {PlanError} when it cannot run, whatever its variables are: `int("x")`. */
  program(limits?: EvaluationLimits): Program;
}

/** An expression that is none: as users are told. */
export class CompileError extends Error {}

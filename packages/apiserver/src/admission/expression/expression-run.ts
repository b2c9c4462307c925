import type { CompiledExpression } from "@dingi/api";
import { CelError, type Activation, type Evaluation, type Program, type Value } from "@dingi/cel";
import { AnswerPending, type AuthorizationAnswers } from "./authorization-answers.ts";

const OUT_OF_BUDGET = "validation failed due to running out of cost budget, no further validation rules will be run";

export interface Expression {
  readonly expression: string;
  readonly compiled: CompiledExpression;
}

/** What came of an expression. */
export interface Outcome {
  readonly value?: Value;
  /** Why there is no value, in upstream's words. */
  readonly problem?: string;
  /** Nothing more may be evaluated. */
  readonly isExhausted?: true;
}

/** What expressions refer to, and where answers come from that take a while. */
export interface ExpressionActivation extends Activation {
  readonly answers: AuthorizationAnswers;
}

/** What an expression may refer to besides the request: lazily evaluated variables, whose cost is paid by who uses them first. */
export interface Composition extends Activation {
  /** What was spent on variables since the last call. */
  takeCost(): number;
}

/** Several expressions about one request, which share a budget. Upstream: apiserver/pkg/admission/plugin/cel/activation.go#Evaluate */
export class ExpressionRun {
  readonly #input: ExpressionActivation;
  readonly #composition: Composition | undefined;
  #budget: number;

  constructor(input: ExpressionActivation, budget: number, composition?: Composition) {
    this.#input = input;
    this.#budget = budget;
    this.#composition = composition;
  }

  get budget(): number {
    return this.#budget;
  }

  async evaluate({ expression, compiled }: Expression): Promise<Outcome> {
    if (!compiled.program) return { problem: `compilation error: ${compiled.flaw.message}` };
    const { value, cost } = await this.#run(compiled.program);
    const spent = cost + (this.#composition?.takeCost() ?? 0);
    if (spent > this.#budget) return { problem: OUT_OF_BUDGET, isExhausted: true };
    this.#budget -= spent;
    if (value instanceof CelError) return { problem: `expression '${expression}' resulted in error: ${value.message}` };
    return { value };
  }

  /** Again, where it was ended by a question whose answer took a while. */
  async #run(program: Program): Promise<Evaluation> {
    const activation: Activation = {
      resolve: (name) => this.#composition?.resolve(name) ?? this.#input.resolve(name),
    };
    for (;;) {
      try {
        return program.evaluate(activation);
      } catch (error) {
        if (!(error instanceof AnswerPending)) throw error;
        await this.#input.answers.settle();
      }
    }
  }
}

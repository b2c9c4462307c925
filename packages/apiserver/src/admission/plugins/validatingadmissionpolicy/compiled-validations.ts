import type { V1AuditAnnotation, V1ValidatingAdmissionPolicy, V1Validation } from "@dingi/api";
import { types } from "@dingi/cel";
import type { ExpressionInput } from "../../expression/expression-input.ts";
import { ExpressionRun, type Expression, type Outcome } from "../../expression/expression-run.ts";
import { aggregated, MatchConditions } from "../../expression/match-conditions.ts";
import { CompiledVariables } from "../../policy/compiled-variables.ts";

/** For all validations, or all annotations, of a policy with one of its params. Upstream: apiserver/pkg/apis/cel/config.go#RuntimeCELCostBudget */
const COST_BUDGET = 10_000_000;
const MAX_MESSAGE_BYTES = 5 * 1024;

const { BOOL, STRING, NULL } = types;

/** A validation does not hold, or nobody can tell. */
export interface Denial {
  /** Of the validation in its policy. */
  readonly index: number;
  readonly message: string;
  readonly reason?: string | undefined;
  /** It could not be evaluated: the failure policy decides. */
  readonly isError: boolean;
}

export interface Annotated {
  readonly key: string;
  readonly value: string;
}

export interface Verdict {
  readonly denials: readonly Denial[];
  readonly annotations: readonly Annotated[];
  /** Annotations that could not be evaluated. */
  readonly annotationErrors: readonly string[];
}

const NOTHING: Verdict = { denials: [], annotations: [], annotationErrors: [] };

interface CompiledValidation {
  readonly validation: V1Validation;
  readonly expression: Expression;
  readonly message: Expression | undefined;
}

interface CompiledAnnotation {
  readonly key: string;
  readonly expression: Expression;
}

/** A policy's expressions, ready to run. Upstream: apiserver/pkg/admission/plugin/policy/validating/validator.go */
export class CompiledValidations {
  readonly #conditions: MatchConditions;
  readonly #variables: CompiledVariables;
  readonly #validations: readonly CompiledValidation[];
  readonly #annotations: readonly CompiledAnnotation[];
  readonly #ignoresFailure: boolean;

  constructor({ spec }: V1ValidatingAdmissionPolicy) {
    const { variables = [], validations = [], auditAnnotations = [], matchConditions = [] } = spec;
    const params = spec.paramKind !== undefined;
    this.#variables = new CompiledVariables(variables, params);
    this.#conditions = new MatchConditions(matchConditions, { params });
    this.#validations = validations.map((validation) => this.#compile(validation));
    this.#annotations = auditAnnotations.map(({ key, valueExpression }: V1AuditAnnotation) => ({
      key,
      expression: this.#variables.compile(valueExpression, { authorizer: true }, [STRING, NULL]),
    }));
    this.#ignoresFailure = spec.failurePolicy === "Ignore";
  }

  async judge(input: ExpressionInput): Promise<Verdict> {
    const { problems, ...matched } = await this.#conditions.match(input);
    if (problems !== undefined) return failed(aggregated(problems));
    if (!("matches" in matched) || !matched.matches) return NOTHING;
    const run = new ExpressionRun(input, COST_BUDGET, this.#variables.in(input));
    const outcomes = await evaluateAll(
      run,
      this.#validations.map(({ expression }) => expression),
    );
    if ("exhausted" in outcomes) return failed(outcomes.exhausted);
    const messages = await this.#messages(input, run.budget);
    const denials = outcomes.flatMap((outcome, index) => this.#denial(outcome, messages, index));
    return await this.#annotate(input, denials);
  }

  get ignoresFailure(): boolean {
    return this.#ignoresFailure;
  }

  #compile(validation: V1Validation): CompiledValidation {
    const { expression, messageExpression = "" } = validation;
    return {
      validation,
      expression: this.#variables.compile(expression, { authorizer: true }, [BOOL]),
      message: messageExpression === "" ? undefined : this.#variables.compile(messageExpression, {}, [STRING]),
    };
  }

  /** All are evaluated, whether they are needed or not, and pay from what the validations have left. */
  async #messages(input: ExpressionInput, budget: number) {
    const activation = input.withoutAuthorizer();
    const run = new ExpressionRun(activation, budget, this.#variables.in(activation));
    return await evaluateAll(
      run,
      this.#validations.map(({ message }) => message),
    );
  }

  #denial({ value, problem }: Outcome, messages: Outcomes, index: number): Denial[] {
    if (problem !== undefined) return [{ index, message: problem, isError: true }];
    if ("exhausted" in messages)
      return [{ index, message: `failed messageExpression: ${messages.exhausted}`, isError: true }];
    if (value === true) return [];
    const { validation } = this.#validations[index]!;
    const { reason = "Invalid" } = validation;
    return [{ index, message: messageOf(validation, messages[index]!), reason, isError: false }];
  }

  async #annotate(input: ExpressionInput, denials: readonly Denial[]): Promise<Verdict> {
    const activation = input.withoutAuthorizer();
    const run = new ExpressionRun(activation, COST_BUDGET, this.#variables.in(activation));
    const outcomes = await evaluateAll(
      run,
      this.#annotations.map(({ expression }) => expression),
    );
    if ("exhausted" in outcomes) return failed(outcomes.exhausted);
    const annotations = outcomes.flatMap(({ value }, i) => {
      const text = typeof value === "string" ? value.trim() : "";
      return text === "" ? [] : [{ key: this.#annotations[i]!.key, value: text }];
    });
    return { denials, annotations, annotationErrors: outcomes.flatMap(({ problem }) => problem ?? []) };
  }
}

/** What came of each; or why nothing more was evaluated. */
type Outcomes = readonly Outcome[] | { readonly exhausted: string };

async function evaluateAll(run: ExpressionRun, expressions: readonly (Expression | undefined)[]): Promise<Outcomes> {
  const outcomes: Outcome[] = [];
  for (const expression of expressions) {
    const outcome = expression ? await run.evaluate(expression) : {};
    if (outcome.isExhausted) return { exhausted: outcome.problem! };
    outcomes.push(outcome);
  }
  return outcomes;
}

const failed = (message: string): Verdict => ({ ...NOTHING, denials: [{ index: 0, message, isError: true }] });

/** What the expression says, if that is one line of a sensible length; else what the policy says. */
function messageOf({ expression, message = "" }: V1Validation, { value }: Outcome): string {
  const evaluated = typeof value === "string" ? value.trim() : "";
  const fits = Buffer.byteLength(evaluated) <= MAX_MESSAGE_BYTES && !evaluated.includes("\n");
  return (fits && evaluated) || message.trim() || `failed expression: ${expression.trim()}`;
}

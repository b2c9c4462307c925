import { compileExpression, admissionEnvironment, type CompiledExpression, type V1MatchCondition } from "@dingi/api";
import { types } from "@dingi/cel";
import type { ExpressionInput } from "./expression-input.ts";
import { ExpressionRun } from "./expression-run.ts";

/** For all conditions of one webhook or policy together. Upstream: apiserver/pkg/apis/cel/config.go#RuntimeCELCostBudgetMatchConditions */
const COST_BUDGET = 2_500_000;

interface CompiledCondition {
  readonly name: string;
  readonly expression: string;
  readonly compiled: CompiledExpression;
}

/** Whether all hold; where one cannot be told and none is false, what is wrong. */
type MatchResult =
  | { readonly matches: boolean; readonly problems?: undefined }
  | { readonly problems: readonly string[] };

/** Upstream: apiserver/pkg/admission/plugin/webhook/matchconditions/matcher.go */
export class MatchConditions {
  readonly #conditions: readonly CompiledCondition[];

  constructor(conditions: readonly V1MatchCondition[], { params = false }: { readonly params?: boolean }) {
    const environment = () => admissionEnvironment({ params, authorizer: true }, "stored");
    this.#conditions = conditions.map(({ name, expression }) => ({
      name,
      expression,
      compiled: compileExpression(environment(), expression, [types.BOOL]),
    }));
  }

  get isEmpty(): boolean {
    return this.#conditions.length === 0;
  }

  /** One that is false decides, whatever is wrong with others. */
  async match(input: ExpressionInput): Promise<MatchResult> {
    const run = new ExpressionRun(input, COST_BUDGET);
    const problems: string[] = [];
    let isFalse = false;
    for (const { expression, compiled } of this.#conditions) {
      const { value, problem, isExhausted } = await run.evaluate({ expression, compiled });
      if (isExhausted) return { problems: [problem!] };
      if (problem !== undefined) problems.push(problem);
      isFalse ||= value === false;
    }
    if (isFalse) return { matches: false };
    return problems.length > 0 ? { problems } : { matches: true };
  }
}

/** Upstream: apimachinery/pkg/util/errors/errors.go#aggregate.Error */
export function aggregated(problems: readonly string[]): string {
  const told = [...new Set(problems)];
  return told.length === 1 ? told[0]! : `[${told.join(", ")}]`;
}

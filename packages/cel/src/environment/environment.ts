import { check } from "../check/checker.ts";
import type { CheckedExpr } from "../check/checker.ts";
import { FunctionTable } from "../check/declaration.ts";
import type { CelType } from "../check/type.ts";
import type { TypeProvider } from "../check/type-provider.ts";
import { CallCosts } from "../cost/call-costs.ts";
import type { CallEstimator, SizeEstimator } from "../cost/call-estimate.ts";
import { estimateCost } from "../cost/estimate.ts";
import { kubernetesCost } from "../cost/kubernetes-costs.ts";
import { KUBERNETES_ESTIMATES } from "../cost/kubernetes-estimates.ts";
import type { EvaluationLimits } from "../evaluate/frame.ts";
import { Planner } from "../evaluate/plan.ts";
import type { Library } from "../library/library.ts";
import type { Macro } from "../parse/macro.ts";
import { parse } from "../parse/parser.ts";
import type { Issue } from "../source.ts";
import { displayIssues, NO_LOCATION, Source } from "../source.ts";
import type { Compiled } from "./compiled.ts";
import { CompileError, Program } from "./compiled.ts";
import { validateLiterals } from "./validate-literals.ts";

export interface EnvironmentOptions {
  readonly libraries: readonly Library[];
  readonly variables?: Readonly<Record<string, CelType>>;
  readonly types?: TypeProvider;
  /** What each evaluation may cost unless it says otherwise. */
  readonly costLimit?: number;
}

const NO_TYPES: TypeProvider = { findType: () => undefined, findField: () => undefined };
const NO_SIZES: SizeEstimator = { estimateSize: () => undefined };

/** What expressions may use. Immutable: extending one gives another. Upstream: github.com/google/cel-go/cel/env.go */
export class Environment {
  readonly #options: EnvironmentOptions;
  readonly #functions: FunctionTable;
  readonly #macros: readonly Macro[];
  readonly #provider: TypeProvider;
  readonly #variables: ReadonlyMap<string, CelType>;
  readonly #costs: CallCosts;
  readonly #estimates: ReadonlyMap<string, CallEstimator>;

  constructor(options: EnvironmentOptions) {
    const { libraries, variables = {}, types = NO_TYPES } = options;
    this.#options = options;
    this.#functions = new FunctionTable(libraries.flatMap(({ functions = [] }) => functions));
    this.#macros = libraries.flatMap(({ macros = [] }) => macros);
    this.#provider = withLibraryTypes(types, libraries);
    this.#variables = new Map(Object.entries(variables));
    const byOverload = new Map(libraries.flatMap(({ costs = {} }) => Object.entries(costs)));
    this.#costs = new CallCosts({ byOverload, byFunction: kubernetesCost });
    this.#estimates = new Map(libraries.flatMap(({ estimates = {} }) => Object.entries(estimates)));
  }

  /** The same with more: variables and libraries add up, types come first. */
  extend(more: Partial<EnvironmentOptions>): Environment {
    return new Environment({
      ...this.#options,
      ...more,
      libraries: [...this.#options.libraries, ...(more.libraries ?? [])],
      variables: { ...this.#options.variables, ...more.variables },
    });
  }

  /** @throws {CompileError} whose message shows every fault in its line. */
  compile(text: string): Compiled {
    const source = new Source(text);
    const parsed = parse(source, { macros: this.#macros, optionals: true });
    if (parsed.issues.length > 0) throw new CompileError(displayIssues(source, parsed.issues));
    const locate = (id: number): Issue["location"] => {
      const offset = parsed.offsets.get(id);
      return offset === undefined ? NO_LOCATION : source.locate(offset);
    };
    const checked = check(parsed.expr, {
      functions: this.#functions,
      variables: this.#variables,
      provider: this.#provider,
      crossTypeComparisons: true,
      locate,
    });
    if (checked.issues.length > 0) throw new CompileError(displayIssues(source, checked.issues));
    const flaws = validateLiterals(checked, locate);
    if (flaws.length > 0) throw new CompileError(displayIssues(source, flaws));
    return this.#compiled(checked);
  }

  #compiled(checked: CheckedExpr): Compiled {
    return {
      checked,
      outputType: checked.types.get(checked.expr.id)!,
      estimateCost: (sizes = NO_SIZES) =>
        estimateCost(checked, { sizes, byOverload: this.#estimates, byFunction: KUBERNETES_ESTIMATES }),
      program: (limits = {}) => this.#program(checked, limits),
    };
  }

  #program(checked: CheckedExpr, limits: EvaluationLimits): Program {
    const planner = new Planner({
      functions: this.#functions,
      provider: this.#provider,
      references: checked.references,
      costs: this.#costs,
    });
    return new Program(planner.plan(checked.expr).run, { costLimit: this.#options.costLimit, ...limits });
  }
}

/** Types of libraries may be named as values. */
function withLibraryTypes(types: TypeProvider, libraries: readonly Library[]): TypeProvider {
  const named = new Map(libraries.flatMap((library) => library.types ?? []).map((type) => [type.name, type]));
  return {
    findType: (name) => types.findType(name) ?? named.get(name),
    findField: (struct, field) => types.findField(struct, field),
    ...(types.make && { make: types.make.bind(types) }),
  };
}

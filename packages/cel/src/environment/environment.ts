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

/** What libraries bring, put in order. */
interface LibraryTables {
  readonly functions: FunctionTable;
  readonly macros: readonly Macro[];
  readonly costs: CallCosts;
  readonly estimates: ReadonlyMap<string, CallEstimator>;
  readonly types: ReadonlyMap<string, CelType>;
}

function tablesOf(libraries: readonly Library[]): LibraryTables {
  const byOverload = new Map(libraries.flatMap(({ costs = {} }) => Object.entries(costs)));
  return {
    functions: new FunctionTable(libraries.flatMap(({ functions = [] }) => functions)),
    macros: libraries.flatMap(({ macros = [] }) => macros),
    costs: new CallCosts({ byOverload, byFunction: kubernetesCost }),
    estimates: new Map(libraries.flatMap(({ estimates = {} }) => Object.entries(estimates))),
    types: new Map(libraries.flatMap((library) => library.types ?? []).map((type) => [type.name, type])),
  };
}

/** What expressions may use. Immutable: extending one gives another. Upstream: github.com/google/cel-go/cel/env.go */
export class Environment {
  readonly #options: EnvironmentOptions;
  readonly #tables: LibraryTables;
  readonly #provider: TypeProvider;
  readonly #variables: ReadonlyMap<string, CelType>;

  /** @param tables of the same libraries, where an environment has them */
  constructor(options: EnvironmentOptions, tables?: LibraryTables) {
    const { libraries, variables = {}, types = NO_TYPES } = options;
    this.#options = options;
    this.#tables = tables ?? tablesOf(libraries);
    this.#provider = withLibraryTypes(types, this.#tables.types);
    this.#variables = new Map(Object.entries(variables));
  }

  /** The same with more: variables and libraries add up, types come first. */
  extend(more: Partial<EnvironmentOptions>): Environment {
    const { libraries = [] } = more;
    const options = {
      ...this.#options,
      ...more,
      libraries: [...this.#options.libraries, ...libraries],
      variables: { ...this.#options.variables, ...more.variables },
    };
    // Each expression of a custom kind has variables of its own, and libraries have hundreds of functions.
    return new Environment(options, libraries.length === 0 ? this.#tables : undefined);
  }

  /** @throws {CompileError} whose message shows every fault in its line. */
  compile(text: string): Compiled {
    const source = new Source(text);
    const parsed = parse(source, { macros: this.#tables.macros, optionals: true });
    if (parsed.issues.length > 0) throw new CompileError(displayIssues(source, parsed.issues));
    const locate = (id: number): Issue["location"] => {
      const offset = parsed.offsets.get(id);
      return offset === undefined ? NO_LOCATION : source.locate(offset);
    };
    const checked = check(parsed.expr, {
      functions: this.#tables.functions,
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
        estimateCost(checked, { sizes, byOverload: this.#tables.estimates, byFunction: KUBERNETES_ESTIMATES }),
      program: (limits = {}) => this.#program(checked, limits),
    };
  }

  #program(checked: CheckedExpr, limits: EvaluationLimits): Program {
    const planner = new Planner({
      functions: this.#tables.functions,
      provider: this.#provider,
      references: checked.references,
      costs: this.#tables.costs,
    });
    return new Program(planner.plan(checked.expr).run, { costLimit: this.#options.costLimit, ...limits });
  }
}

/** Types of libraries may be named as values. */
function withLibraryTypes(types: TypeProvider, named: ReadonlyMap<string, CelType>): TypeProvider {
  return {
    findType: (name) => types.findType(name) ?? named.get(name),
    findField: (struct, field) => types.findField(struct, field),
    ...(types.make && { make: types.make.bind(types) }),
  };
}

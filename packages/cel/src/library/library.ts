import type { FunctionDecl } from "../check/declaration.ts";
import type { CelType } from "../check/type.ts";
import type { CallCost } from "../cost/call-costs.ts";
import type { CallEstimator } from "../cost/call-estimate.ts";
import type { Macro } from "../parse/macro.ts";

/** A set of functions, macros and types that an environment may have. */
export interface Library {
  readonly name: string;
  readonly functions?: readonly FunctionDecl[];
  readonly macros?: readonly Macro[];
  /** Types that expressions may name; those of most libraries they may not. */
  readonly types?: readonly CelType[];
  /** Actual costs by overload, where the common reckoning does not do. */
  readonly costs?: Readonly<Record<string, CallCost>>;
  /** Estimates by overload, likewise. */
  readonly estimates?: Readonly<Record<string, CallEstimator>>;
}

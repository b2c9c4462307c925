import type { Reference } from "../check/checker.ts";
import type { FunctionTable } from "../check/declaration.ts";
import type { TypeProvider } from "../check/type-provider.ts";
import type { CallCosts } from "../cost/call-costs.ts";

/** What planning knows of an expression and its environment. */
export interface PlanOptions {
  readonly functions: FunctionTable;
  readonly provider: TypeProvider;
  readonly references: ReadonlyMap<number, Reference>;
  readonly costs: CallCosts;
}

export type { TypeProvider } from "./check/type-provider.ts";
export * as types from "./check/type.ts";
export { formatType, printType, type CelType } from "./check/type.ts";
export type { CostNode, SizeEstimator } from "./cost/call-estimate.ts";
export type { Range } from "./cost/saturating.ts";
export { childrenOf, type Expr } from "./parse/expr.ts";
export { CompileError, Program, type Compiled, type Evaluation } from "./environment/compiled.ts";
export { Environment, type EnvironmentOptions } from "./environment/environment.ts";
export { newExpressions, PER_CALL_LIMIT, storedExpressions } from "./environment/kubernetes.ts";
export type { Activation, EvaluationLimits } from "./evaluate/frame.ts";
export { PlanError } from "./evaluate/plan-error.ts";
export {
  AuthorizerValue,
  ResourceCheck,
  AUTHORIZER_TYPE,
  RESOURCE_CHECK_TYPE,
  type AuthorizationAnswer,
  type AuthorizationQuestion,
  type DecideAuthorization,
  type ResourceQuestion,
} from "./library/authorizer/checks.ts";
export { BINDINGS } from "./library/bindings/bindings.ts";
export { JSON_PATCH } from "./library/jsonpatch/jsonpatch.ts";
export { compilePattern } from "./library/regex/pattern.ts";
export { parseRequestUri } from "./library/urls/url.ts";
export type { Library } from "./library/library.ts";
export { Quantity, QUANTITY_TYPE } from "./library/quantity/quantity.ts";
export type { DeclField, DeclType } from "./schema/decl-type.ts";
export { escapeField, unescapeField } from "./schema/escape.ts";
export { jsonValue } from "./schema/json-value.ts";
export { schemaProvider, schemaSizes } from "./schema/schema-provider.ts";
export { schemaDeclType, type Schema } from "./schema/schema-type.ts";
export { CelError } from "./value/error.ts";
export { CelList } from "./value/value.ts";
export { CelMap } from "./value/value.ts";
export { CelDouble, CelUint } from "./value/numbers.ts";
export { CelDuration, CelTimestamp } from "./value/time.ts";
export { CelOptional, Opaque, TypeValue, type Value } from "./value/value.ts";

import { internalError, invalid, type FieldError, type FieldPath } from "@dingi/apimachinery";
import { types, type CelType } from "@dingi/cel";
import { compileExpression, type CompiledExpression } from "./compile.ts";
import { admissionEnvironment, type Declarations } from "./environment.ts";

const NONE: ReadonlySet<string> = new Set();

export interface ExpressionRules extends Declarations {
  /** One of these types is what it must give; any when absent. */
  readonly returns?: readonly CelType[];
  /** What is stored already may use what a new expression may not yet. */
  readonly stored?: ReadonlySet<string> | undefined;
  /** How it is written in the object, where that is not what is compiled. */
  readonly written?: string | undefined;
}

/** Upstream: pkg/apis/admissionregistration/validation/validation.go#validateCELCondition */
export function compileErrors(expression: string, rules: ExpressionRules, field: FieldPath): FieldError[] {
  const { returns, stored = NONE, written = expression } = rules;
  const environment = admissionEnvironment(rules, stored.has(written) ? "stored" : "new");
  return flawErrors(compileExpression(environment, expression, returns), written, field);
}

/** Upstream: …#convertCELErrorToValidationError */
export function flawErrors(compiled: CompiledExpression, written: string, field: FieldPath): FieldError[] {
  if (compiled.program) return [];
  const { message, isInternal } = compiled.flaw;
  return [isInternal ? internalError(field, message) : invalid(field, written, message)];
}

export const { BOOL, STRING, NULL } = types;

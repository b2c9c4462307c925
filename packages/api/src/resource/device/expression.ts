import { byteLength, tooLong, type FieldError, type FieldPath } from "@dingi/apimachinery";

const MAX_LENGTH = 10 * 1024;

/**
 * Differs: what is written in CEL is not compiled, and its cost not estimated, because there is no compiler yet; this is where
 * it is asked. Upstream: pkg/apis/resource/validation/validation.go#validateCELExpression
 */
export function expressionErrors(expression: string, field: FieldPath): FieldError[] {
  return byteLength(expression) > MAX_LENGTH ? [tooLong(field, expression, MAX_LENGTH)] : [];
}

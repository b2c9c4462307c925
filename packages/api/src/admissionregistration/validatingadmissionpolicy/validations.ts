import { invalid, notSupported, type FieldError, type FieldPath } from "@dingi/apimachinery";
import { BOOL, STRING } from "../expression/expression-errors.ts";
import { isBlank as isMissing, missingExpression, type PolicyExpressions } from "../policy/expression.ts";
import type { StoredExpressions } from "./stored-expressions.ts";
import type { V1Validation } from "./validatingadmissionpolicy.gen.ts";

const REASONS = ["Forbidden", "Invalid", "RequestEntityTooLarge"];
const NON_EMPTY = "must be non-empty if specified";

const isBlank = (text: string): boolean => text !== "" && text.trim() === "";

interface ValidationRules {
  readonly expressions: PolicyExpressions;
  readonly stored: StoredExpressions;
}

/** Upstream: pkg/apis/admissionregistration/validation/validation.go#validateValidation */
export function validationErrors(validation: V1Validation, rules: ValidationRules, field: FieldPath): FieldError[] {
  const { expression = "", message = "", messageExpression = "", reason } = validation as Partial<V1Validation>;
  const reasonAt = field.child("reason");
  return [
    ...expressionErrors(expression, rules, field.child("expression")),
    ...messageExpressionErrors(messageExpression, rules, field.child("messageExpression")),
    ...messageErrors(message, field.child("message")),
    ...(reason === undefined || REASONS.includes(reason) ? [] : [notSupported(reasonAt, reason, REASONS)]),
  ];
}

function expressionErrors(text: string, { expressions, stored }: ValidationRules, field: FieldPath): FieldError[] {
  if (isMissing(text)) return missingExpression(field, "expression is not specified");
  return expressions.errors(text, { authorizer: true, returns: [BOOL], stored: stored.validations }, field);
}

/** Whoever is refused is told by it, and must not be asked what he may do. */
function messageExpressionErrors(
  text: string,
  { expressions, stored }: ValidationRules,
  field: FieldPath,
): FieldError[] {
  if (text === "") return [];
  if (isMissing(text)) return [invalid(field, text, NON_EMPTY)];
  return expressions.errors(text, { returns: [STRING], stored: stored.messages }, field);
}

function messageErrors(message: string, field: FieldPath): FieldError[] {
  if (isBlank(message)) return [invalid(field, message, NON_EMPTY)];
  return /[\n\r]/.test(message.trim()) ? [invalid(field, message, "must not contain line breaks")] : [];
}

import { invalid, notSupported, type FieldError, type FieldPath } from "@dingi/apimachinery";
import { policyExpressionErrors } from "../policy/expression.ts";
import type { V1Validation } from "./validatingadmissionpolicy.gen.ts";

const REASONS = ["Forbidden", "Invalid", "RequestEntityTooLarge"];
const NON_EMPTY = "must be non-empty if specified";

const isBlank = (text: string): boolean => text !== "" && text.trim() === "";

/** Upstream: pkg/apis/admissionregistration/validation/validation.go#validateValidation */
export function validationErrors(validation: V1Validation, field: FieldPath): FieldError[] {
  const { expression, message = "", messageExpression = "", reason } = validation;
  const [at, reasonAt] = [field.child("messageExpression"), field.child("reason")];
  return [
    ...policyExpressionErrors(expression, field.child("expression"), "expression is not specified"),
    ...(isBlank(messageExpression) ? [invalid(at, messageExpression, NON_EMPTY)] : []),
    ...messageErrors(message, field.child("message")),
    ...(reason === undefined || REASONS.includes(reason) ? [] : [notSupported(reasonAt, reason, REASONS)]),
  ];
}

function messageErrors(message: string, field: FieldPath): FieldError[] {
  if (isBlank(message)) return [invalid(field, message, NON_EMPTY)];
  return /[\n\r]/.test(message.trim()) ? [invalid(field, message, "must not contain line breaks")] : [];
}

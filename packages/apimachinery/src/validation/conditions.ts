import {
  duplicate,
  invalid,
  notSupported,
  required,
  tooLong,
  type FieldError,
  type FieldPath,
} from "../errors/field-error.ts";
import type { V1Condition } from "../meta/meta.gen.ts";
import { byteLength, isConditionReason } from "./formats.ts";
import { validateLabelName } from "./labels.ts";

const STATUSES = ["False", "True", "Unknown"];
const MAX_REASON = 1024;
const MAX_MESSAGE = 32 * 1024;

/** Upstream: apimachinery/pkg/apis/meta/v1/validation/validation.go#ValidateConditions */
export function validateConditions(conditions: readonly V1Condition[], field: FieldPath): FieldError[] {
  const seen = new Set<string>();
  return conditions.flatMap((condition, i) => {
    const errors = seen.has(condition.type) ? [duplicate(field.index(i), condition.type)] : [];
    seen.add(condition.type);
    return [...errors, ...validateCondition(condition, field.index(i))];
  });
}

function validateCondition(condition: V1Condition, field: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  if (!condition.type) errors.push(required(field.child("type"), "is required"));
  else errors.push(...validateLabelName(condition.type, field.child("type")));
  if (!condition.status) errors.push(required(field.child("status")));
  else if (!STATUSES.includes(condition.status))
    errors.push(notSupported(field.child("status"), condition.status, STATUSES));
  if ((condition.observedGeneration ?? 0) < 0) {
    errors.push(
      invalid(field.child("observedGeneration"), condition.observedGeneration, "must be greater than or equal to zero"),
    );
  }
  if (!condition.lastTransitionTime) errors.push(required(field.child("lastTransitionTime")));
  errors.push(...reasonErrors(condition.reason, field.child("reason")));
  if (byteLength(condition.message ?? "") > MAX_MESSAGE)
    errors.push(tooLong(field.child("message"), condition.message, MAX_MESSAGE));
  return errors;
}

function reasonErrors(reason: string | undefined, field: FieldPath): FieldError[] {
  if (!reason) return [required(field)];
  const errors = isConditionReason(reason).map((text) => invalid(field, reason, text));
  return byteLength(reason) > MAX_REASON ? [...errors, tooLong(field, reason, MAX_REASON)] : errors;
}

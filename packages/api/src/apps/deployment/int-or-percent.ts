import { invalid, isValidPercent, validateNonnegative, type FieldError, type FieldPath } from "@dingi/apimachinery";

/** A count, or a share such as "25%". */
export type IntOrPercent = number | string;

/** The number in front of "%", or undefined for a count. */
export function percentOf(value: IntOrPercent): number | undefined {
  return typeof value === "string" && isValidPercent(value).length === 0 ? Number(value.slice(0, -1)) : undefined;
}

/** "0%" is, and so is what is no share at all. Upstream: pkg/apis/apps/validation/validation.go#getIntOrPercentValue */
export function isZero(value: IntOrPercent): boolean {
  return typeof value === "number" ? value === 0 : (percentOf(value) ?? 0) === 0;
}

/** As a count of `total`. Upstream: apimachinery/pkg/util/intstr/intstr.go#GetScaledValueFromIntOrPercent */
export function scaledValue(value: IntOrPercent, total: number, round: "up" | "down"): number {
  if (typeof value === "number") return value;
  const share = ((percentOf(value) ?? 0) * total) / 100;
  return round === "up" ? Math.ceil(share) : Math.floor(share);
}

/** Upstream: pkg/apis/apps/validation/validation.go#ValidatePositiveIntOrPercent */
export function validateIntOrPercent(value: IntOrPercent, field: FieldPath): FieldError[] {
  if (typeof value === "number") return validateNonnegative(value, field);
  return isValidPercent(value).map((text) => invalid(field, value, text));
}

export function validateAtMost100Percent(value: IntOrPercent, field: FieldPath): FieldError[] {
  return (percentOf(value) ?? 0) > 100 ? [invalid(field, value, "must not be greater than 100%")] : [];
}

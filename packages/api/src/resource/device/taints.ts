import {
  invalid,
  isLabelValue,
  validateLabelName,
  wireTime,
  type Draft,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import type { V1DeviceToleration } from "../resourceclaim/resourceclaim.gen.ts";
import type { V1DeviceTaint } from "../resourceslice/resourceslice.gen.ts";

/** What a taint does is declared. Upstream: pkg/apis/resource/validation/validation.go#validateDeviceTaint */
export function taintErrors({ key = "", value = "" }: Partial<V1DeviceTaint>, field: FieldPath): FieldError[] {
  return [...validateLabelName(key, field.child("key")), ...valueErrors(value, field.child("value"))];
}

/** Upstream: …#validateDeviceToleration */
export function tolerationErrors(
  tolerations: readonly V1DeviceToleration[] | undefined,
  field: FieldPath,
): FieldError[] {
  return (tolerations ?? []).flatMap(({ operator, value = "" }, i) => {
    const at = field.index(i).child("value");
    if (operator === "Equal") return valueErrors(value, at);
    if (operator !== "Exists" || value === "") return [];
    return [invalid(at, value, "must be empty for operator `Exists`")];
  });
}

const valueErrors = (value: string, field: FieldPath): FieldError[] =>
  isLabelValue(value).map((text) => invalid(field, value, text));

/**
 * Differs: upstream does it where it fills in defaults, which here have no clock.
 * Upstream: pkg/apis/resource/v1/defaults.go#SetDefaults_DeviceTaint
 */
export function stampTaint(taint: Draft<V1DeviceTaint>, nowMs: number): void {
  taint.timeAdded ??= wireTime(nowMs);
}

import { invalid, validateNonnegative, type FieldError, type FieldPath } from "@dingi/apimachinery";
import { isZero, validateAtMost100Percent, validateIntOrPercent } from "../deployment/int-or-percent.ts";
import type { V1RollingUpdateStatefulSetStrategy, V1StatefulSetUpdateStrategy } from "./statefulset.gen.ts";

/** Upstream: pkg/apis/apps/validation/validation.go#ValidateStatefulSetSpec; "Recreate" is behind an alpha gate. */
export function updateStrategyErrors(strategy: V1StatefulSetUpdateStrategy, field: FieldPath): FieldError[] {
  const { type = "", rollingUpdate } = strategy;
  const at = field.child("rollingUpdate");
  switch (type) {
    case "OnDelete":
      return rollingUpdate
        ? [invalid(at, goRollingUpdate(rollingUpdate), "only allowed for updateStrategy 'RollingUpdate'")]
        : [];
    case "RollingUpdate":
      return rollingUpdate ? rollingUpdateErrors(rollingUpdate, at) : [];
    default: {
      const shown = { Type: type, RollingUpdate: rollingUpdate ? goRollingUpdate(rollingUpdate) : null };
      return [invalid(field, shown, "must be 'RollingUpdate' or 'OnDelete'")];
    }
  }
}

const goRollingUpdate = ({ partition = 0, maxUnavailable }: V1RollingUpdateStatefulSetStrategy): unknown => ({
  Partition: partition,
  MaxUnavailable: maxUnavailable ?? null,
});

/** Upstream: …#validateRollingUpdateStatefulSet */
function rollingUpdateErrors(
  { partition = 0, maxUnavailable }: V1RollingUpdateStatefulSetStrategy,
  field: FieldPath,
): FieldError[] {
  const at = field.child("maxUnavailable");
  const errors = validateNonnegative(partition, field.child("partition"));
  if (maxUnavailable === undefined) return errors;
  return [
    ...errors,
    ...validateIntOrPercent(maxUnavailable, at),
    ...(isZero(maxUnavailable) ? [invalid(at, maxUnavailable, "cannot be 0")] : []),
    ...validateAtMost100Percent(maxUnavailable, at),
  ];
}

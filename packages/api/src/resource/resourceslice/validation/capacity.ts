import {
  compareQuantity,
  duplicate,
  forbidden,
  invalid,
  required,
  tooMany,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import type { V1CapacityRequestPolicy, V1DeviceCapacity } from "../resourceslice.gen.ts";
import { printedKey, qualifiedNameErrors } from "./attributes.ts";
import { rangeErrors, wholeUnits } from "./capacity-range.ts";

const MAX_OPTIONS = 10;

/** Only what several may have a part of has a policy for the parts. Upstream: pkg/apis/resource/validation/validation.go#validateMultiAllocatableDeviceCapacity */
export function capacityErrors(
  capacities: Readonly<Record<string, V1DeviceCapacity>>,
  isShared: boolean,
  field: FieldPath,
): FieldError[] {
  return Object.entries(capacities).flatMap(([name, { value, requestPolicy }]) => {
    const at = field.key(printedKey(name)).child("requestPolicy");
    const errors = qualifiedNameErrors(name, field);
    if (!requestPolicy) return errors;
    if (!isShared) return [...errors, forbidden(at, "allowMultipleAllocations must be true")];
    return [...errors, ...policyErrors(requestPolicy, value ?? "0", at)];
  });
}

/** Upstream: …#validateRequestPolicy */
function policyErrors(policy: V1CapacityRequestPolicy, capacity: string, field: FieldPath): FieldError[] {
  const { validValues = [], validRange, default: preset } = policy;
  const which = validValues.length > 0 ? "validValues" : "validRange";
  if (validValues.length > 0 && validRange) {
    const text = 'exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time';
    return [forbidden(field, text)];
  }
  if (validValues.length === 0 && !validRange) return [];
  if (!preset) return [required(field.child("default"), `required when ${which} is defined`)];
  const at = field.child(which);
  return validRange
    ? rangeErrors(validRange, { preset, capacity }, at)
    : valuesErrors(validValues, { preset, capacity }, at);
}

/** Upstream: …#validateRequestPolicyValidValues */
function valuesErrors(
  values: readonly string[],
  { preset, capacity }: { preset: string; capacity: string },
  field: FieldPath,
): FieldError[] {
  const errors = values.flatMap((value, i) => {
    const isSorted = i === 0 || compareQuantity(values[i - 1]!, value) <= 0;
    return isSorted ? [] : [invalid(field.index(i), value, "values must be sorted in ascending order")];
  });
  const isTooLong = values.length > MAX_OPTIONS;
  if (isTooLong) errors.push(tooMany(field, values.length, MAX_OPTIONS));
  else errors.push(...optionErrors(values, capacity, field));
  const hasPreset = !isTooLong && values.some((value) => compareQuantity(value, preset) === 0);
  if (!hasPreset) errors.push(invalid(field, preset, "default value is not valid according to the requestPolicy"));
  return errors;
}

/** Fractions are not told apart: the gate DRAFractionalCapacityRange is off. */
function optionErrors(values: readonly string[], capacity: string, field: FieldPath): FieldError[] {
  const seen = new Set<string>();
  return [
    ...values.flatMap((value, i) =>
      compareQuantity(value, capacity) > 0
        ? [invalid(field.index(i), value, `option is larger than capacity value: ${capacity}`)]
        : [],
    ),
    ...values
      .map((value) => String(wholeUnits(value)))
      .flatMap((value, i) => {
        if (seen.has(value)) return [duplicate(field.index(i), value)];
        seen.add(value);
        return [];
      }),
  ];
}

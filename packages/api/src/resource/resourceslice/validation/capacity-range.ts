import {
  addQuantity,
  compareQuantity,
  invalid,
  parseQuantity,
  quantitySign,
  required,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import type { V1CapacityRequestPolicyRange } from "../resourceslice.gen.ts";

interface Bounds {
  /** What is taken when nothing is asked for. */
  readonly preset: string;
  readonly capacity: string;
}

const NANO_PER_UNIT = 1_000_000_000n;
const MAX_INT64 = "9223372036854775807";

const isOver = (one: string, other: string): boolean => compareQuantity(one, other) > 0;

/**
 * Without fractions: the gate DRAFractionalCapacityRange is off unless the minimum compatibility version is raised.
 * Upstream: pkg/apis/resource/validation/validation.go#validateRequestPolicyRange
 */
export function rangeErrors(range: V1CapacityRequestPolicyRange, bounds: Bounds, field: FieldPath): FieldError[] {
  const { min } = range;
  if (min === undefined) return [required(field.child("min"), "required when validRange is defined")];
  const errors = [...minErrors(min, bounds, field), ...maxErrors({ ...range, min }, bounds, field)];
  return range.step === undefined
    ? errors
    : [...errors, ...stepErrors({ ...range, min, step: range.step }, bounds, field)];
}

function minErrors(min: string, { preset, capacity }: Bounds, field: FieldPath): FieldError[] {
  return [
    ...(isOver(min, capacity)
      ? [invalid(field.child("min"), min, `min is larger than capacity value: ${capacity}`)]
      : []),
    ...(isOver(min, preset) ? [invalid(field.child("default"), preset, `default is less than min: ${min}`)] : []),
  ];
}

function maxErrors(
  { min, max }: V1CapacityRequestPolicyRange & { min: string },
  { preset, capacity }: Bounds,
  field: FieldPath,
): FieldError[] {
  if (max === undefined) return [];
  const at = field.child("max");
  return [
    ...(isOver(min, max) ? [invalid(at, min, `min is larger than max: ${max}`)] : []),
    ...(isOver(max, capacity) ? [invalid(at, max, `max is larger than capacity value: ${capacity}`)] : []),
    ...(isOver(preset, max) ? [invalid(field.child("default"), preset, `default is more than max: ${max}`)] : []),
  ];
}

function stepErrors(
  { min, max, step }: V1CapacityRequestPolicyRange & { min: string; step: string },
  { preset, capacity }: Bounds,
  field: FieldPath,
): FieldError[] {
  const at = field.child("step");
  if (quantitySign(step) <= 0) return [invalid(at, step, "must be greater than zero")];
  const first = addQuantity(min, step);
  const text = `one step ${first} is larger than capacity value: ${capacity}`;
  const errors = isOver(first, capacity) ? [invalid(at, step, text)] : [];
  const unsafe = Object.entries({ default: preset, min, max, step }).flatMap(([name, value]) =>
    value === undefined ? [] : int64Errors(value, field.child(name)),
  );
  if (unsafe.length > 0) return [...errors, ...unsafe];
  const isOff = (value: string): boolean => (wholeUnits(value) - wholeUnits(min)) % wholeUnits(step) !== 0n;
  const off = [preset, ...(max === undefined ? [] : [max])].filter(isOff);
  return [
    ...errors,
    ...off.map((value) => invalid(at, value, `value is not a multiple of a given step (${step}) from (${min})`)),
  ];
}

function int64Errors(value: string, field: FieldPath): FieldError[] {
  if (quantitySign(value) < 0) return [invalid(field, value, "must be greater than or equal to 0")];
  return isOver(value, MAX_INT64) ? [invalid(field, value, `must not be larger than ${MAX_INT64}`)] : [];
}

/** Rounded up. Upstream: apimachinery/pkg/api/resource/quantity.go#Value */
export function wholeUnits(text: string): bigint {
  const { nano } = parseQuantity(text);
  return nano / NANO_PER_UNIT + (nano > 0n && nano % NANO_PER_UNIT !== 0n ? 1n : 0n);
}

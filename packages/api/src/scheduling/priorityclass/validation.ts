import {
  FIELD_IMMUTABLE,
  forbidden,
  invalid,
  notSupported,
  path,
  required,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import type { V1PriorityClass } from "./priorityclass.gen.ts";

export const HIGHEST_USER_PRIORITY = 1_000_000_000;
const SYSTEM_PREFIX = "system-";
const POLICIES = ["PreemptLowerPriority", "Never"];

/** The classes that every cluster has. Upstream: pkg/apis/scheduling/v1/helpers.go */
export const SYSTEM_PRIORITY_CLASSES: Readonly<Record<string, number>> = {
  "system-node-critical": 2_000_001_000,
  "system-cluster-critical": 2_000_000_000,
};

/** Upstream: pkg/apis/scheduling/validation/validation.go#ValidatePriorityClass */
export function validatePriorityClass({
  metadata,
  value,
  globalDefault,
  preemptionPolicy,
}: V1PriorityClass): FieldError[] {
  const name = metadata.name ?? "";
  const errors: FieldError[] = [];
  if (name.startsWith(SYSTEM_PREFIX)) errors.push(...systemErrors(name, value, globalDefault ?? false));
  else if (value > HIGHEST_USER_PRIORITY) {
    errors.push(forbidden("value", `maximum allowed value of a user defined priority is ${HIGHEST_USER_PRIORITY}`));
  }
  if (preemptionPolicy !== undefined)
    errors.push(...validatePreemptionPolicy(preemptionPolicy, path("preemptionPolicy")));
  return errors;
}

function systemErrors(name: string, value: number, globalDefault: boolean): FieldError[] {
  const problem = systemProblem(name, value, globalDefault);
  if (problem === undefined) return [];
  const text = `priority class names with '${SYSTEM_PREFIX}' prefix are reserved for system use only. error: ${problem}`;
  return [forbidden(path("metadata", "name"), text)];
}

function systemProblem(name: string, value: number, globalDefault: boolean): string | undefined {
  const known = Object.hasOwn(SYSTEM_PRIORITY_CLASSES, name) ? SYSTEM_PRIORITY_CLASSES[name] : undefined;
  if (known === undefined) return `${name} is not a known system priority class`;
  if (known !== value) return `value of ${name} PriorityClass must be ${known}`;
  return globalDefault ? `globalDefault of ${name} PriorityClass must be false` : undefined;
}

/** Upstream: pkg/apis/core/validation/validation.go#ValidatePreemptionPolicy */
export function validatePreemptionPolicy(policy: string, field: FieldPath): FieldError[] {
  if (policy === "") return [required(field)];
  return POLICIES.includes(policy) ? [] : [notSupported(field, policy, POLICIES)];
}

export function validatePriorityClassUpdate(priorityClass: V1PriorityClass, old: V1PriorityClass): FieldError[] {
  const errors = priorityClass.value === old.value ? [] : [forbidden("value", "may not be changed in an update.")];
  if (priorityClass.preemptionPolicy === old.preemptionPolicy) return errors;
  return [...errors, invalid("preemptionPolicy", priorityClass.preemptionPolicy ?? null, FIELD_IMMUTABLE)];
}

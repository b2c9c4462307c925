import {
  findErrors,
  invalid,
  notSupported,
  path,
  validateConditions,
  validateLabelSelector,
  validateNonnegative,
  type FieldError,
} from "@dingi/apimachinery";
import { validateAtMost100Percent, validateIntOrPercent } from "../../apps/deployment/int-or-percent.ts";
import type { V1PodDisruptionBudget, V1PodDisruptionBudgetSpec } from "./poddisruptionbudget.gen.ts";

const SPEC = path("spec");
const STATUS = path("status");
const SELECTOR = SPEC.child("selector");
const UNHEALTHY_POD_POLICIES = ["AlwaysAllow", "IfHealthyBudget"];

/** Upstream: pkg/apis/policy/validation/validation.go#ValidatePodDisruptionBudgetSpec */
export function validatePodDisruptionBudget({ spec }: V1PodDisruptionBudget, allowInvalidValues = false): FieldError[] {
  const { minAvailable, maxUnavailable, unhealthyPodEvictionPolicy: unhealthy } = spec;
  const field = SPEC.child("unhealthyPodEvictionPolicy");
  return [
    ...(minAvailable !== undefined && maxUnavailable !== undefined
      ? [invalid(SPEC, goSpec(spec), "minAvailable and maxUnavailable cannot be both set")]
      : []),
    ...countErrors(spec, "minAvailable"),
    ...countErrors(spec, "maxUnavailable"),
    ...validateLabelSelector(spec.selector, SELECTOR, { allowInvalidValues }),
    ...(unhealthy === undefined || UNHEALTHY_POD_POLICIES.includes(unhealthy)
      ? []
      : [notSupported(field, unhealthy, UNHEALTHY_POD_POLICIES)]),
  ];
}

export function validatePodDisruptionBudgetUpdate(
  budget: V1PodDisruptionBudget,
  old: V1PodDisruptionBudget,
): FieldError[] {
  const wasInvalid = findErrors(() => validateLabelSelector(old.spec.selector, SELECTOR)).length > 0;
  return validatePodDisruptionBudget(budget, wasInvalid);
}

function countErrors(spec: V1PodDisruptionBudgetSpec, name: "minAvailable" | "maxUnavailable"): FieldError[] {
  const value = spec[name];
  if (value === undefined) return [];
  return [...validateIntOrPercent(value, SPEC.child(name)), ...validateAtMost100Percent(value, SPEC.child(name))];
}

/** Upstream's own type has no JSON names. */
const goSpec = (spec: V1PodDisruptionBudgetSpec): unknown => ({
  MinAvailable: spec.minAvailable ?? null,
  Selector: spec.selector ?? null,
  MaxUnavailable: spec.maxUnavailable ?? null,
  UnhealthyPodEvictionPolicy: spec.unhealthyPodEvictionPolicy ?? null,
});

const COUNTS = ["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"] as const;

/** Upstream: …#ValidatePodDisruptionBudgetStatusUpdate */
export function validatePodDisruptionBudgetStatus({ status }: V1PodDisruptionBudget): FieldError[] {
  return [
    ...validateConditions(status.conditions ?? [], STATUS.child("conditions")),
    ...COUNTS.flatMap((name) => validateNonnegative(status[name], STATUS.child(name))),
  ];
}

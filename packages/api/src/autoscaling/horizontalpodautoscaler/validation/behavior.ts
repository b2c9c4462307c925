import { invalid, notSupported, quantitySign, required, type FieldError, type FieldPath } from "@dingi/apimachinery";
import type { V2HPAScalingPolicy, V2HPAScalingRules } from "../horizontalpodautoscaler.gen.ts";

const MAX_WINDOW_SECONDS = 3600;
const MAX_PERIOD_SECONDS = 1800;
const SELECT_POLICIES = ["Disabled", "Max", "Min"];
const TYPES = ["Percent", "Pods"];

/** Upstream: pkg/apis/autoscaling/validation/validation.go#validateScalingRules */
export function scalingRulesErrors(rules: V2HPAScalingRules, field: FieldPath): FieldError[] {
  const { stabilizationWindowSeconds: window = 0, selectPolicy, policies = [], tolerance } = rules;
  const at = field.child("policies");
  return [
    ...windowErrors(window, field.child("stabilizationWindowSeconds")),
    ...(selectPolicy === undefined || SELECT_POLICIES.includes(selectPolicy)
      ? []
      : [notSupported(field.child("selectPolicy"), selectPolicy, SELECT_POLICIES)]),
    ...(policies.length === 0 ? [required(at, "must specify at least one Policy")] : []),
    ...policies.flatMap((policy, i) => policyErrors(policy, at.index(i))),
    ...(tolerance !== undefined && quantitySign(tolerance) < 0
      ? [invalid(field.child("tolerance"), tolerance, "must be greater than or equal to 0")]
      : []),
  ];
}

function windowErrors(seconds: number, field: FieldPath): FieldError[] {
  if (seconds < 0) return [invalid(field, seconds, "must be greater than or equal to zero")];
  return seconds > MAX_WINDOW_SECONDS ? [invalid(field, seconds, "must be less than or equal to 3600")] : [];
}

function policyErrors({ type, value, periodSeconds }: V2HPAScalingPolicy, field: FieldPath): FieldError[] {
  const period = field.child("periodSeconds");
  return [
    ...(TYPES.includes(type) ? [] : [notSupported(field.child("type"), type, TYPES)]),
    ...(value > 0 ? [] : [invalid(field.child("value"), value, "must be greater than zero")]),
    ...(periodSeconds > 0 ? [] : [invalid(period, periodSeconds, "must be greater than zero")]),
    ...(periodSeconds > MAX_PERIOD_SECONDS
      ? [invalid(period, periodSeconds, "must be less than or equal to 1800")]
      : []),
  ];
}

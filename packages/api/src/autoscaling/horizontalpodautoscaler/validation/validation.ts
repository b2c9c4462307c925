import {
  forbidden,
  invalid,
  path,
  required,
  validateNonnegative,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import type {
  V2HorizontalPodAutoscaler,
  V2HorizontalPodAutoscalerSpec,
  V2MetricSpec,
} from "../horizontalpodautoscaler.gen.ts";
import { scalingRulesErrors } from "./behavior.ts";
import { metricErrors } from "./metrics.ts";
import { apiVersionProblem, referenceErrors, type ReferenceOptions } from "./reference.ts";

const SPEC = path("spec");
const STATUS = path("status");

/** Upstream: pkg/apis/autoscaling/validation/validation.go#ValidateHorizontalPodAutoscaler */
export function validateHorizontalPodAutoscaler(
  { spec }: V2HorizontalPodAutoscaler,
  old?: V2HorizontalPodAutoscaler,
): FieldError[] {
  const { minReplicas, maxReplicas, scaleTargetRef, behavior } = spec;
  const most = SPEC.child("maxReplicas");
  return [
    ...(minReplicas !== undefined && maxReplicas < minReplicas
      ? [invalid(most, maxReplicas, "must be greater than or equal to `minReplicas`")]
      : []),
    ...referenceErrors(scaleTargetRef, targetOptions(spec, old?.spec), SPEC.child("scaleTargetRef")),
    ...metricListErrors(spec, objectOptions(old), SPEC.child("metrics")),
    ...(behavior?.scaleUp ? scalingRulesErrors(behavior.scaleUp, SPEC.child("behavior", "scaleUp")) : []),
    ...(behavior?.scaleDown ? scalingRulesErrors(behavior.scaleDown, SPEC.child("behavior", "scaleDown")) : []),
    ...replicaErrors(spec),
  ];
}

export const validateHorizontalPodAutoscalerUpdate = validateHorizontalPodAutoscaler;

/** What upstream declares at the fields comes last. */
function replicaErrors({ minReplicas = 0, maxReplicas }: V2HorizontalPodAutoscalerSpec): FieldError[] {
  const field = SPEC.child("maxReplicas");
  const errors = validateNonnegative(minReplicas, SPEC.child("minReplicas"));
  if (maxReplicas >= 1) return errors;
  return [
    ...errors,
    maxReplicas === 0 ? required(field) : invalid(field, maxReplicas, "must be greater than or equal to 1"),
  ];
}

/** Upstream: pkg/registry/autoscaling/horizontalpodautoscaler/strategy.go#validationOptionsForHorizontalPodAutoscaler */
function targetOptions(
  { scaleTargetRef: now }: V2HorizontalPodAutoscalerSpec,
  old: V2HorizontalPodAutoscalerSpec | undefined,
): ReferenceOptions {
  const before = old?.scaleTargetRef;
  const isSame = before !== undefined && before.apiVersion === now.apiVersion && before.kind === now.kind;
  return { anyVersion: isSame, coreGroup: now.kind === "ReplicationController" };
}

const OBJECT_OPTIONS = { anyVersion: false, coreGroup: true };

function objectOptions(old: V2HorizontalPodAutoscaler | undefined): ReferenceOptions {
  const wasWrong = ({ type, object }: V2MetricSpec): boolean =>
    type === "Object" &&
    object !== undefined &&
    apiVersionProblem(object.describedObject, OBJECT_OPTIONS) !== undefined;
  return { ...OBJECT_OPTIONS, anyVersion: (old?.spec.metrics ?? []).some(wasWrong) };
}

/** Without Pods there is nothing that could be measured of them. Upstream: …#validateMetrics */
function metricListErrors(
  { metrics = [], minReplicas }: V2HorizontalPodAutoscalerSpec,
  options: ReferenceOptions,
  field: FieldPath,
): FieldError[] {
  const errors = metrics.flatMap((metric, i) => metricErrors(metric, options, field.index(i)));
  if (minReplicas !== 0 || metrics.some(({ type }) => type === "Object" || type === "External")) return errors;
  const text = "must specify at least one Object or External metric to support scaling to zero replicas";
  return [...errors, forbidden(field, text)];
}

/** Upstream: …#ValidateHorizontalPodAutoscalerStatusUpdate */
export function validateHorizontalPodAutoscalerStatus({ status }: V2HorizontalPodAutoscaler): FieldError[] {
  return [
    ...(status.conditions ?? []).flatMap(({ observedGeneration }, i) =>
      validateNonnegative(observedGeneration ?? 0, STATUS.child("conditions").index(i).child("observedGeneration")),
    ),
    ...validateNonnegative(status.currentReplicas ?? 0, STATUS.child("currentReplicas")),
    ...validateNonnegative(status.desiredReplicas, STATUS.child("desiredReplicas")),
  ];
}

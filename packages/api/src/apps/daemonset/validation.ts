import {
  FIELD_IMMUTABLE,
  forbidden,
  invalid,
  labelSelectorHasInvalidValue,
  notSupported,
  path,
  required,
  semanticEqual,
  validateLabelSelector,
  validateNonnegative,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import type { V1PodTemplateSpec } from "../../core/pod/pod.gen.ts";
import { validatePodTemplate } from "../../core/pod/template-validation.ts";
import { decrementErrors } from "../collision-count.ts";
import { isZero, validateAtMost100Percent, validateIntOrPercent } from "../deployment/int-or-percent.ts";
import { selectorOf } from "../replicaset/selector.ts";
import type { V1DaemonSet, V1DaemonSetSpec, V1DaemonSetUpdateStrategy } from "./daemonset.gen.ts";

const SPEC = path("spec");

/** Upstream: pkg/apis/apps/validation/validation.go#ValidateDaemonSetSpec */
export function validateDaemonSet({ spec }: V1DaemonSet, old?: V1DaemonSet): FieldError[] {
  return [
    ...selectorErrors(spec, labelSelectorHasInvalidValue(old?.spec.selector)),
    ...templateErrors(spec.template, SPEC.child("template")),
    ...validateNonnegative(spec.minReadySeconds ?? 0, SPEC.child("minReadySeconds")),
    ...updateStrategyErrors(spec.updateStrategy ?? {}, SPEC.child("updateStrategy")),
    ...validateNonnegative(spec.revisionHistoryLimit ?? 0, SPEC.child("revisionHistoryLimit")),
  ];
}

export function validateDaemonSetUpdate(daemonSet: V1DaemonSet, old: V1DaemonSet): FieldError[] {
  const { selector } = daemonSet.spec;
  const field = SPEC.child("selector");
  return [
    ...(semanticEqual(selector, old.spec.selector) ? [] : [invalid(field, selector ?? null, FIELD_IMMUTABLE)]),
    ...validateDaemonSet(daemonSet, old),
  ];
}

function selectorErrors({ selector, template }: V1DaemonSetSpec, allowInvalidValues: boolean): FieldError[] {
  const field = SPEC.child("selector");
  const { matchLabels = {}, matchExpressions = [] } = selector ?? {};
  const isEmpty = Object.keys(matchLabels).length + matchExpressions.length === 0;
  return [
    ...validateLabelSelector(selector, field, { allowInvalidValues }),
    ...matchErrors(selector, template),
    ...(selector && isEmpty ? [invalid(field, selector, "empty selector is invalid for daemonset")] : []),
  ];
}

function matchErrors(selector: V1DaemonSetSpec["selector"], { metadata }: V1PodTemplateSpec): FieldError[] {
  if (selectorOf(selector)?.matches(metadata?.labels ?? {}) !== false) return [];
  const field = SPEC.child("template", "metadata", "labels");
  return [invalid(field, metadata?.labels ?? null, "`selector` does not match template `labels`")];
}

function templateErrors(template: V1PodTemplateSpec, field: FieldPath): FieldError[] {
  const { restartPolicy = "", activeDeadlineSeconds } = template.spec ?? {};
  const errors = validatePodTemplate(template, field);
  const at = field.child("spec");
  if (restartPolicy !== "Always") errors.push(notSupported(at.child("restartPolicy"), restartPolicy, ["Always"]));
  if (activeDeadlineSeconds === undefined) return errors;
  const text = "activeDeadlineSeconds in DaemonSet is not Supported";
  return [...errors, forbidden(at.child("activeDeadlineSeconds"), text)];
}

/** Upstream: …#ValidateDaemonSetUpdateStrategy */
function updateStrategyErrors({ type = "", rollingUpdate }: V1DaemonSetUpdateStrategy, field: FieldPath): FieldError[] {
  if (type === "OnDelete") return [];
  const at = field.child("rollingUpdate");
  if (type !== "RollingUpdate") {
    const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate ?? {};
    const shown = rollingUpdate ? { MaxUnavailable: maxUnavailable, MaxSurge: maxSurge } : null;
    return [notSupported(field, { Type: type, RollingUpdate: shown }, ["RollingUpdate", "OnDelete"])];
  }
  return rollingUpdate ? rollingUpdateErrors(rollingUpdate, at) : [required(at)];
}

function rollingUpdateErrors(
  { maxUnavailable = 0, maxSurge = 0 }: NonNullable<V1DaemonSetUpdateStrategy["rollingUpdate"]>,
  field: FieldPath,
): FieldError[] {
  const [unavailable, surge] = [field.child("maxUnavailable"), field.child("maxSurge")];
  const errors = [
    ...validateIntOrPercent(maxUnavailable, unavailable),
    ...validateIntOrPercent(maxSurge, surge),
    ...validateAtMost100Percent(maxUnavailable, unavailable),
    ...validateAtMost100Percent(maxSurge, surge),
  ];
  if (isZero(maxUnavailable) !== isZero(maxSurge)) return errors;
  return isZero(maxSurge)
    ? [...errors, required(unavailable, "cannot be 0 when maxSurge is 0")]
    : [...errors, invalid(surge, maxSurge, "may not be set when maxUnavailable is non-zero")];
}

const COUNTS = [
  "currentNumberScheduled",
  "numberMisscheduled",
  "desiredNumberScheduled",
  "numberReady",
  "observedGeneration",
  "updatedNumberScheduled",
  "numberAvailable",
  "numberUnavailable",
  "collisionCount",
] as const;

/** Upstream: …#ValidateDaemonSetStatusUpdate */
export function validateDaemonSetStatus({ status }: V1DaemonSet, old: V1DaemonSet): FieldError[] {
  return [
    ...COUNTS.flatMap((name) => validateNonnegative(status[name] ?? 0, path("status", name))),
    ...decrementErrors(status.collisionCount, old.status.collisionCount),
  ];
}

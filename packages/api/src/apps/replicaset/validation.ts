import {
  FIELD_IMMUTABLE,
  forbidden,
  invalid,
  notSupported,
  path,
  required,
  semanticEqual,
  validateLabelSelector,
  validateNonnegative,
  type FieldError,
  type FieldPath,
  type V1LabelSelector,
} from "@dingi/apimachinery";
import { validatePodTemplate } from "../../core/pod/template-validation.ts";
import type { V1PodTemplateSpec } from "../../core/pod/pod.gen.ts";
import type { V1ReplicaSet } from "./replicaset.gen.ts";
import { selectorOf } from "./selector.ts";

/** Upstream: pkg/apis/apps/validation/validation.go#ValidateReplicaSetSpec */
export function validateReplicaSet({ spec }: V1ReplicaSet): FieldError[] {
  const field = path("spec");
  return [
    ...validateNonnegative(spec.replicas ?? 0, field.child("replicas")),
    ...validateNonnegative(spec.minReadySeconds ?? 0, field.child("minReadySeconds")),
    ...validateSelectorAndTemplate(spec.selector, spec.template ?? {}, field),
  ];
}

/** Upstream: …#ValidatePodTemplateSpecForReplicaSet and what precedes it */
export function validateSelectorAndTemplate(
  selector: V1LabelSelector | undefined,
  template: V1PodTemplateSpec,
  field: FieldPath,
): FieldError[] {
  const at = field.child("template");
  const where = field.child("selector");
  const errors = selector ? validateLabelSelector(selector, where) : [required(where)];
  const count = Object.keys(selector?.matchLabels ?? {}).length + (selector?.matchExpressions ?? []).length;
  if (selector && count === 0) errors.push(invalid(where, selector, "empty selector is invalid for deployment"));
  const parsed = selectorOf(selector);
  if (!parsed) return [...errors, invalid(where, selector, "invalid label selector")];
  if (!parsed.matches(template.metadata?.labels ?? {})) errors.push(...mismatchErrors(template, at));
  return [...errors, ...templateErrors(template, at)];
}

function mismatchErrors({ metadata }: V1PodTemplateSpec, field: FieldPath): FieldError[] {
  return [
    invalid(field.child("metadata", "labels"), metadata?.labels ?? null, "`selector` does not match template `labels`"),
  ];
}

function templateErrors(template: V1PodTemplateSpec, field: FieldPath): FieldError[] {
  const { restartPolicy, activeDeadlineSeconds } = template.spec ?? { containers: [] };
  const errors = validatePodTemplate(template, field);
  if (restartPolicy !== "Always")
    errors.push(notSupported(field.child("spec", "restartPolicy"), restartPolicy ?? "", ["Always"]));
  if (activeDeadlineSeconds === undefined) return errors;
  return [
    ...errors,
    forbidden(field.child("spec", "activeDeadlineSeconds"), "activeDeadlineSeconds in ReplicaSet is not Supported"),
  ];
}

export function validateReplicaSetUpdate(replicaSet: V1ReplicaSet, old: V1ReplicaSet): FieldError[] {
  const errors = validateReplicaSet(replicaSet);
  const { selector } = replicaSet.spec;
  if (semanticEqual(selector, old.spec.selector)) return errors;
  return [...errors, invalid(path("spec", "selector"), selector ?? null, FIELD_IMMUTABLE)];
}

/** Upstream: …#ValidateReplicaSetStatus */
export function validateReplicaSetStatus({ status }: V1ReplicaSet): FieldError[] {
  const field = path("status");
  const {
    replicas,
    fullyLabeledReplicas = 0,
    readyReplicas = 0,
    availableReplicas = 0,
    terminatingReplicas = 0,
  } = status;
  return [
    ...validateNonnegative(replicas, field.child("replicas")),
    ...validateNonnegative(fullyLabeledReplicas, field.child("fullyLabeledReplicas")),
    ...validateNonnegative(readyReplicas, field.child("readyReplicas")),
    ...validateNonnegative(availableReplicas, field.child("availableReplicas")),
    ...validateNonnegative(status.observedGeneration ?? 0, field.child("observedGeneration")),
    ...validateNonnegative(terminatingReplicas, field.child("terminatingReplicas")),
    ...atMost(fullyLabeledReplicas, replicas, field.child("fullyLabeledReplicas"), MORE_THAN_ALL),
    ...readyCountErrors({ replicas, readyReplicas, availableReplicas }, field),
  ];
}

export const MORE_THAN_ALL = "cannot be greater than status.replicas";

/** Of all, some are ready, and of these some are available. */
export function readyCountErrors(
  {
    replicas,
    readyReplicas,
    availableReplicas,
  }: Readonly<Record<"replicas" | "readyReplicas" | "availableReplicas", number>>,
  field: FieldPath,
): FieldError[] {
  const available = field.child("availableReplicas");
  return [
    ...atMost(readyReplicas, replicas, field.child("readyReplicas"), MORE_THAN_ALL),
    ...atMost(availableReplicas, replicas, available, MORE_THAN_ALL),
    ...atMost(availableReplicas, readyReplicas, available, "cannot be greater than readyReplicas"),
  ];
}

export function atMost(value: number, max: number, field: FieldPath, text: string): FieldError[] {
  return value > max ? [invalid(field, value, text)] : [];
}

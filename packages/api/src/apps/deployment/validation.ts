import {
  FIELD_IMMUTABLE,
  forbidden,
  invalid,
  notSupported,
  path,
  required,
  semanticEqual,
  validateNonnegative,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { decrementErrors } from "../collision-count.ts";
import { atMost, MORE_THAN_ALL, readyCountErrors, validateSelectorAndTemplate } from "../replicaset/validation.ts";
import type { V1Deployment, V1DeploymentSpec, V1DeploymentStatus, V1DeploymentStrategy } from "./deployment.gen.ts";
import { isZero, validateAtMost100Percent, validateIntOrPercent, type IntOrPercent } from "./int-or-percent.ts";

const TYPES = ["Recreate", "RollingUpdate"];

/** Upstream: pkg/apis/apps/validation/validation.go#ValidateDeploymentSpec */
export function validateDeployment({ spec }: V1Deployment): FieldError[] {
  const field = path("spec");
  return [
    ...validateNonnegative(spec.replicas ?? 0, field.child("replicas")),
    ...validateSelectorAndTemplate(spec.selector, spec.template, field),
    ...strategyErrors(spec.strategy ?? {}, field.child("strategy")),
    ...validateNonnegative(spec.minReadySeconds ?? 0, field.child("minReadySeconds")),
    ...validateNonnegative(spec.revisionHistoryLimit ?? 0, field.child("revisionHistoryLimit")),
    ...deadlineErrors(spec, field.child("progressDeadlineSeconds")),
  ];
}

function deadlineErrors(
  { progressDeadlineSeconds: deadline, minReadySeconds = 0 }: V1DeploymentSpec,
  field: FieldPath,
): FieldError[] {
  if (deadline === undefined) return [];
  const errors = validateNonnegative(deadline, field);
  return deadline > minReadySeconds
    ? errors
    : [...errors, invalid(field, deadline, "must be greater than minReadySeconds")];
}

function strategyErrors(strategy: V1DeploymentStrategy, field: FieldPath): FieldError[] {
  const { type = "", rollingUpdate } = strategy;
  const at = field.child("rollingUpdate");
  switch (type) {
    case "Recreate":
      return rollingUpdate ? [forbidden(at, "may not be specified when strategy `type` is 'Recreate'")] : [];
    case "RollingUpdate":
      if (!rollingUpdate) return [required(at, "this should be defaulted and never be nil")];
      return rollingErrors(rollingUpdate.maxUnavailable ?? 0, rollingUpdate.maxSurge ?? 0, at);
    default:
      return [notSupported(field, goStrategy(strategy), TYPES)];
  }
}

/** Upstream's own type has no JSON names. */
function goStrategy({ type, rollingUpdate }: V1DeploymentStrategy): unknown {
  const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate ?? {};
  return { Type: type, RollingUpdate: rollingUpdate ? { MaxUnavailable: maxUnavailable, MaxSurge: maxSurge } : null };
}

function rollingErrors(maxUnavailable: IntOrPercent, maxSurge: IntOrPercent, field: FieldPath): FieldError[] {
  const unavailable = field.child("maxUnavailable");
  const both = isZero(maxUnavailable) && isZero(maxSurge);
  return [
    ...validateIntOrPercent(maxUnavailable, unavailable),
    ...validateIntOrPercent(maxSurge, field.child("maxSurge")),
    ...(both ? [invalid(unavailable, maxUnavailable, "may not be 0 when `maxSurge` is 0")] : []),
    ...validateAtMost100Percent(maxUnavailable, unavailable),
  ];
}

export function validateDeploymentUpdate(deployment: V1Deployment, old: V1Deployment): FieldError[] {
  const errors = validateDeployment(deployment);
  const { selector } = deployment.spec;
  if (semanticEqual(selector, old.spec.selector)) return errors;
  return [...errors, invalid(path("spec", "selector"), selector ?? null, FIELD_IMMUTABLE)];
}

const COUNTS = [
  "observedGeneration",
  "replicas",
  "updatedReplicas",
  "readyReplicas",
  "availableReplicas",
  "unavailableReplicas",
  "terminatingReplicas",
  "collisionCount",
] as const;

/** Upstream: …#ValidateDeploymentStatusUpdate */
export function validateDeploymentStatus({ status }: V1Deployment, old: V1Deployment): FieldError[] {
  const field = path("status");
  return [
    ...COUNTS.flatMap((name) => validateNonnegative(status[name] ?? 0, field.child(name))),
    ...countErrors(status, field),
    ...decrementErrors(status.collisionCount, old.status.collisionCount),
  ];
}

function countErrors(status: V1DeploymentStatus, field: FieldPath): FieldError[] {
  const { replicas = 0, updatedReplicas = 0, readyReplicas = 0, availableReplicas = 0 } = status;
  return [
    ...atMost(updatedReplicas, replicas, field.child("updatedReplicas"), MORE_THAN_ALL),
    ...readyCountErrors({ replicas, readyReplicas, availableReplicas }, field),
  ];
}

import {
  forbidden,
  invalid,
  isLongName,
  notFound,
  notSupported,
  path,
  required,
  selectorFromSet,
  semanticEqual,
  validateNonnegative,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { atMost, MORE_THAN_ALL, readyCountErrors } from "../../apps/replicaset/validation.ts";
import type { V1PodTemplateSpec } from "../pod/pod.gen.ts";
import { validatePodTemplate } from "../pod/template-validation.ts";
import type { V1ReplicationController, V1ReplicationControllerSpec } from "./replicationcontroller.gen.ts";

const SPEC = path("spec");

/** What upstream declares at the fields comes last. Upstream: pkg/apis/core/validation/validation.go#ValidateReplicationControllerSpec */
export function validateReplicationController({ metadata, spec }: V1ReplicationController): FieldError[] {
  const { name = "" } = metadata;
  const isEmpty = Object.keys(spec.selector ?? {}).length === 0;
  return [
    ...(isEmpty ? [required(SPEC.child("selector"))] : []),
    ...templateErrors(spec, SPEC.child("template")),
    ...(name === "" ? [] : isLongName(name).map((text) => invalid(path("metadata", "name"), name, text))),
    ...validateNonnegative(spec.replicas ?? 0, SPEC.child("replicas")),
    ...validateNonnegative(spec.minReadySeconds ?? 0, SPEC.child("minReadySeconds")),
  ];
}

/** Upstream: …#ValidatePodTemplateSpecForRC */
function templateErrors({ template, selector }: V1ReplicationControllerSpec, field: FieldPath): FieldError[] {
  if (!template) return [required(field)];
  const labels = template.metadata?.labels;
  const errors: FieldError[] = [];
  if (!selectorFromSet(selector).matches(labels ?? {})) {
    const at = field.child("metadata", "labels");
    errors.push(invalid(at, labels ?? null, "`selector` does not match template `labels`"));
  }
  return [...errors, ...validatePodTemplate(template, field), ...restartErrors(template, field.child("spec"))];
}

function restartErrors({ spec }: V1PodTemplateSpec, field: FieldPath): FieldError[] {
  const { restartPolicy = "", activeDeadlineSeconds } = spec ?? {};
  const text = "activeDeadlineSeconds in ReplicationController is not Supported";
  return [
    ...(restartPolicy === "Always" ? [] : [notSupported(field.child("restartPolicy"), restartPolicy, ["Always"])]),
    ...(activeDeadlineSeconds === undefined ? [] : [forbidden(field.child("activeDeadlineSeconds"), text)]),
  ];
}

export function validateReplicationControllerUpdate(
  controller: V1ReplicationController,
  old: V1ReplicationController,
): FieldError[] {
  return [...validateReplicationController(controller), ...lostFieldErrors(controller, old)];
}

const LOST_FIELD = "non-convertible.kubernetes.io";

/** Fields of a version that is gone, of which nothing is known but what annotations say. */
function lostFieldErrors({ spec }: V1ReplicationController, old: V1ReplicationController): FieldError[] {
  return Object.entries(old.metadata.annotations ?? {}).flatMap(([key, value]) => {
    const [, field = "", ...more] = key.startsWith(LOST_FIELD) ? key.split("/") : [];
    if (field === "" || more.length > 0) return [];
    if (!field.includes("selector")) return [{ ...notFound(field, value), detail: "unknown non-convertible field" }];
    if (semanticEqual(spec.selector, old.spec.selector)) return [];
    return [invalid(SPEC.child("selector"), spec.selector ?? null, "cannot update non-convertible selector")];
  });
}

const COUNTS = [
  "replicas",
  "fullyLabeledReplicas",
  "readyReplicas",
  "availableReplicas",
  "observedGeneration",
] as const;

/** Upstream: …#ValidateReplicationControllerStatus */
export function validateReplicationControllerStatus({ status }: V1ReplicationController): FieldError[] {
  const field = path("status");
  const { replicas, fullyLabeledReplicas = 0, readyReplicas = 0, availableReplicas = 0 } = status;
  return [
    ...COUNTS.flatMap((name) => validateNonnegative(status[name] ?? 0, field.child(name))),
    ...atMost(fullyLabeledReplicas, replicas, field.child("fullyLabeledReplicas"), MORE_THAN_ALL),
    ...readyCountErrors({ replicas, readyReplicas, availableReplicas }, field),
  ];
}

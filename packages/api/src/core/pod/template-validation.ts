import { validateAnnotations, validateLabels, type FieldError, type FieldPath } from "@dingi/apimachinery";
import type { V1PodTemplateSpec } from "./pod.gen.ts";

/** Upstream: pkg/apis/core/validation/validation.go#ValidatePodTemplateSpec */
export function validatePodTemplate(
  template: V1PodTemplateSpec,
  field: FieldPath,
  _old?: V1PodTemplateSpec,
): FieldError[] {
  return [
    ...validateLabels(template.metadata?.labels, field.child("labels")),
    ...validateAnnotations(template.metadata?.annotations, field.child("annotations")),
  ];
}

import { forbidden, validateAnnotations, validateLabels, type FieldError, type FieldPath } from "@dingi/apimachinery";
import type { V1PodTemplateSpec } from "./pod.gen.ts";
import { validatePodAnnotations, validateProfilesMatch } from "./validation/annotations.ts";
import { validatePodSpec } from "./validation/spec.ts";

/** Upstream: pkg/apis/core/validation/validation.go#ValidatePodTemplateSpec */
export function validatePodTemplate(
  { metadata, spec = { containers: [] } }: V1PodTemplateSpec,
  field: FieldPath,
): FieldError[] {
  const annotations = metadata?.annotations ?? {};
  const at = field.child("spec");
  return [
    ...validateLabels(metadata?.labels, field.child("labels")),
    ...validateAnnotations(annotations, field.child("annotations")),
    ...validatePodAnnotations(annotations, spec, field.child("annotations")),
    ...validatePodSpec(spec, { podName: "", isPod: false }, at),
    ...validateProfilesMatch(annotations, spec, at),
    ...(spec.ephemeralContainers?.length
      ? [forbidden(at.child("ephemeralContainers"), "ephemeral containers not allowed in pod template")]
      : []),
  ];
}

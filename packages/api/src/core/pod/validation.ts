import { forbidden, path, validateNonnegative, type FieldError } from "@dingi/apimachinery";
import type { V1Pod, V1PodSpec } from "./pod.gen.ts";
import { isMirrorPod } from "./mirror.ts";
import { validatePodAnnotations, validateProfilesMatch } from "./validation/annotations.ts";
import { validateImages } from "./validation/containers.ts";
import { validatePodSpec } from "./validation/spec.ts";

const SPEC = path("spec");

/** Upstream: pkg/apis/core/validation/validation.go#ValidatePodCreate */
export function validatePod(pod: V1Pod): FieldError[] {
  const { metadata, spec } = pod;
  return [
    ...validateAnnotationsAndSpec(pod),
    ...(spec.ephemeralContainers?.length
      ? [forbidden(SPEC.child("ephemeralContainers"), "cannot be set on create")]
      : []),
    ...(spec.nodeName && spec.schedulingGates?.length
      ? [forbidden(SPEC.child("nodeName"), "cannot be set until all schedulingGates have been cleared")]
      : []),
    ...validateProfilesMatch(metadata.annotations ?? {}, spec, SPEC),
  ];
}

/** What holds for a pod at any time. Upstream: …#validatePodMetadataAndSpec */
export function validateAnnotationsAndSpec(pod: V1Pod): FieldError[] {
  const { metadata, spec } = pod;
  const { terminationGracePeriodSeconds: grace } = spec;
  const isMirror = isMirrorPod(pod);
  return [
    ...validatePodAnnotations(metadata.annotations ?? {}, spec, path("metadata", "annotations")),
    ...validatePodSpec(spec, { podName: metadata.name ?? "", isPod: true, isMirror }, SPEC),
    ...(spec.serviceAccountName ? [] : tokenErrors(spec)),
    ...(grace === undefined ? [] : validateNonnegative(grace, SPEC.child("terminationGracePeriodSeconds"))),
    ...validateImages(spec.containers ?? [], SPEC.child("containers")),
    ...validateImages(spec.initContainers ?? [], SPEC.child("initContainers")),
  ];
}

/** A token is of an account. */
function tokenErrors(spec: V1PodSpec): FieldError[] {
  return (spec.volumes ?? []).flatMap(({ projected }, i) =>
    (projected?.sources ?? []).flatMap(({ serviceAccountToken }, j) => {
      if (!serviceAccountToken) return [];
      const field = SPEC.child("volumes").index(i).child("projected", "sources").index(j).child("serviceAccountToken");
      return [forbidden(field, "must not be specified when serviceAccountName is not set")];
    }),
  );
}

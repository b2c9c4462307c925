import type { V1Pod } from "@dingi/api";
import { equalJson } from "@dingi/apimachinery";

/** Whether an update may bring what is not allowed: images, or containers that were not there. Upstream: pod-security-admission/admission/admission.go#isSignificantPodUpdate */
export function isSignificant({ spec }: V1Pod, { spec: old }: V1Pod): boolean {
  const images = (list: readonly { readonly image?: string | undefined }[] = []) =>
    list.map(({ image }) => image ?? "");
  if (!equalJson(images(spec.containers), images(old.containers))) return true;
  if (!equalJson(images(spec.initContainers), images(old.initContainers))) return true;
  const before = new Map((old.ephemeralContainers ?? []).map(({ name, image }) => [name, image]));
  return (spec.ephemeralContainers ?? []).some(({ name, image }) => !before.has(name) || before.get(name) !== image);
}

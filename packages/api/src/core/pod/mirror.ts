import type { V1Pod } from "./pod.gen.ts";

/** On the object by which the API server knows a static pod; its value is the static pod's hash. */
export const MIRROR_ANNOTATION = "kubernetes.io/config.mirror";

/** Whether the pod only shows one that a kubelet has from elsewhere. Upstream: pkg/kubelet/types/pod_update.go#IsMirrorPod */
export function isMirrorPod({ metadata }: V1Pod): boolean {
  return metadata.annotations?.[MIRROR_ANNOTATION] !== undefined;
}

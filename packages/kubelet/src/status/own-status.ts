import type { V1Pod, V1PodStatus } from "@dingi/api";

/** Conditions that the kubelet sets; all others belong to whoever set them. Upstream: pkg/kubelet/types/pod_status.go#PodConditionByKubelet */
const OWN_CONDITIONS: ReadonlySet<string> = new Set([
  "PodScheduled",
  "Ready",
  "Initialized",
  "ContainersReady",
  "PodReadyToStartContainers",
  "PodResizePending",
  "PodResizeInProgress",
  "AllContainersRestarting",
]);

/** The pod with what this kubelet last said of it, which may be ahead of what the API server shows, and with what others did. */
export function withOwnStatus(pod: V1Pod, status: V1PodStatus | undefined): V1Pod {
  if (!status) return pod;
  const others = (pod.status.conditions ?? []).filter(({ type }) => !OWN_CONDITIONS.has(type));
  return { ...pod, status: { ...status, conditions: [...(ownStatus(status).conditions ?? []), ...others] } };
}

/** What this kubelet may write: others may have changed their conditions since it last saw them. */
export function ownStatus(status: V1PodStatus): V1PodStatus {
  const { conditions } = status;
  return conditions ? { ...status, conditions: conditions.filter(({ type }) => OWN_CONDITIONS.has(type)) } : status;
}

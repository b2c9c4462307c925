import type { Draft } from "@dingi/apimachinery";
import type { V1ContainerStatus, V1Pod, V1PodCondition, V1PodStatus } from "./pod.gen.ts";

/** Reading and writing a pod's status. Upstream: pkg/api/v1/pod/util.go */
export function getPodCondition(status: V1PodStatus, type: string): V1PodCondition | undefined {
  return (status.conditions ?? []).find((condition) => condition.type === type);
}

export function isPodConditionTrue(status: V1PodStatus, type: string): boolean {
  return getPodCondition(status, type)?.status === "True";
}

export function isPodReady(pod: V1Pod): boolean {
  return isPodConditionTrue(pod.status, "Ready");
}

/** Ready for at least `minReadySeconds`. Upstream: …#IsPodAvailable */
export function isPodAvailable(pod: V1Pod, minReadySeconds: number, nowMs: number): boolean {
  const ready = getPodCondition(pod.status, "Ready");
  if (ready?.status !== "True") return false;
  if (minReadySeconds === 0) return true;
  return Boolean(ready.lastTransitionTime) && Date.parse(ready.lastTransitionTime!) + minReadySeconds * 1000 <= nowMs;
}

/** It will never run again. */
export function isPodPhaseTerminal(phase: string | undefined): boolean {
  return phase === "Succeeded" || phase === "Failed";
}

export function isPodTerminating(pod: V1Pod): boolean {
  return !isPodPhaseTerminal(pod.status.phase) && Boolean(pod.metadata.deletionTimestamp);
}

/** Counts for its controller: neither ended nor on its way out. Upstream: pkg/controller/controller_utils.go#IsPodActive */
export function isPodActive(pod: V1Pod): boolean {
  return !isPodPhaseTerminal(pod.status.phase) && !pod.metadata.deletionTimestamp;
}

/**
 * Puts a condition in place of the one of its type, which keeps its transition time while the status stays the same.
 * Says whether anything changed. Upstream: …#UpdatePodCondition
 */
export function setPodCondition(status: Draft<V1PodStatus>, condition: V1PodCondition, now: string): boolean {
  const conditions = status.conditions ?? [];
  const at = conditions.findIndex((candidate) => candidate.type === condition.type);
  const old = conditions[at];
  const lastTransitionTime = old?.status === condition.status ? old.lastTransitionTime : now;
  const next: Draft<V1PodCondition> = { ...condition, lastTransitionTime };
  if (!old) {
    status.conditions = [...conditions, next];
    return true;
  }
  status.conditions = conditions.with(at, next);
  return !sameCondition(old, next);
}

const CONDITION_FIELDS = [
  "status",
  "reason",
  "message",
  "lastProbeTime",
  "lastTransitionTime",
  "observedGeneration",
] as const;

const sameCondition = (a: V1PodCondition, b: V1PodCondition): boolean =>
  CONDITION_FIELDS.every((field) => (a[field] ?? "") === (b[field] ?? ""));

export function getContainerStatus(
  statuses: readonly V1ContainerStatus[] | undefined,
  name: string,
): V1ContainerStatus | undefined {
  return (statuses ?? []).find((status) => status.name === name);
}

export function podIps(status: V1PodStatus): string[] {
  return (status.podIPs ?? []).map(({ ip }) => ip);
}

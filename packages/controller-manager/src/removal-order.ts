import { isPodReady, type V1Pod } from "@dingi/api";

export interface RankedPods {
  /** How many active pods of the same owner run on the node of a pod. */
  readonly rankOf: (pod: V1Pod) => number;
  readonly nowMs: number;
}

const PHASE_RANK: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

/** What goes first comes first. Upstream: pkg/controller/controller_utils.go#ActivePodsWithRanks */
export function compareForRemoval(a: V1Pod, b: V1Pod, { rankOf, nowMs }: RankedPods): number {
  const cost = (pod: V1Pod) => Number(pod.metadata.annotations?.["controller.kubernetes.io/pod-deletion-cost"] ?? 0);
  const readySinceMs = (pod: V1Pod) =>
    Date.parse(
      pod.status.conditions?.find(({ type, status }) => type === "Ready" && status === "True")?.lastTransitionTime ??
        "",
    ) || nowMs;
  const restarts = (pod: V1Pod) =>
    Math.max(0, ...(pod.status.containerStatuses ?? []).map(({ restartCount }) => restartCount));
  const created = (pod: V1Pod) => Date.parse(pod.metadata.creationTimestamp ?? "") || nowMs;
  const magnitude = (sinceMs: number) => Math.floor(Math.log2(Math.max(1, (nowMs - sinceMs) / 1000)));
  return (
    Number(Boolean(a.spec.nodeName)) - Number(Boolean(b.spec.nodeName)) ||
    (PHASE_RANK[a.status.phase ?? "Pending"] ?? 0) - (PHASE_RANK[b.status.phase ?? "Pending"] ?? 0) ||
    Number(isPodReady(a)) - Number(isPodReady(b)) ||
    cost(a) - cost(b) ||
    rankOf(b) - rankOf(a) ||
    magnitude(readySinceMs(a)) - magnitude(readySinceMs(b)) ||
    restarts(b) - restarts(a) ||
    magnitude(created(a)) - magnitude(created(b)) ||
    ((a.metadata.uid ?? "") < (b.metadata.uid ?? "") ? -1 : 1)
  );
}

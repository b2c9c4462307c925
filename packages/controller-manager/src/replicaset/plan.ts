import { wireTime } from "@dingi/apimachinery";
import {
  isPodActive,
  isPodAvailable,
  isPodReady,
  type V1Pod,
  type V1ReplicaSet,
  type V1ReplicaSetStatus,
} from "@dingi/api";

/** As many at once as this, doubling after each round that worked. */
const BURST = 500;

export interface ReplicaPlan {
  readonly create: number;
  readonly remove: readonly V1Pod[];
}

interface RankedPods {
  /** How many active pods of the same owner run on the node of a pod. */
  readonly rankOf: (pod: V1Pod) => number;
  readonly nowMs: number;
}

/** Pure. Upstream: pkg/controller/replicaset/replica_set.go#manageReplicas */
export function planReplicas(rs: V1ReplicaSet, active: readonly V1Pod[], ranked: RankedPods): ReplicaPlan {
  const missing = (rs.spec.replicas ?? 1) - active.length;
  if (missing >= 0) return { create: Math.min(missing, BURST), remove: [] };
  const order = [...active].sort((a, b) => compareForRemoval(a, b, ranked));
  return { create: 0, remove: order.slice(0, Math.min(-missing, BURST)) };
}

const PHASE_RANK: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

/** What goes first comes first. Upstream: pkg/controller/controller_utils.go#ActivePodsWithRanks */
function compareForRemoval(a: V1Pod, b: V1Pod, { rankOf, nowMs }: RankedPods): number {
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

export interface ReplicaFailure {
  readonly reason: "FailedCreate" | "FailedDelete";
  readonly message: string;
}

/** Pure. Upstream: pkg/controller/replicaset/replica_set_utils.go#calculateStatus */
export function replicaSetStatus(
  rs: V1ReplicaSet,
  pods: readonly V1Pod[],
  failure: ReplicaFailure | undefined,
  nowMs: number,
): V1ReplicaSetStatus {
  const active = pods.filter(isPodActive);
  const labels = Object.entries(rs.spec.template?.metadata?.labels ?? {});
  const ready = active.filter(isPodReady);
  const minReady = rs.spec.minReadySeconds ?? 0;
  const terminating = pods.filter(
    (pod) =>
      pod.metadata.deletionTimestamp !== undefined && pod.status.phase !== "Succeeded" && pod.status.phase !== "Failed",
  ).length;
  const others = (rs.status.conditions ?? []).filter(({ type }) => type !== "ReplicaFailure");
  const before = rs.status.conditions?.find(({ type }) => type === "ReplicaFailure");
  const now = wireTime(nowMs);
  const condition = failure && {
    type: "ReplicaFailure",
    status: "True",
    lastTransitionTime: before?.lastTransitionTime ?? now,
    ...failure,
  };
  const conditions = condition ? [...others, condition] : others;
  return {
    replicas: active.length,
    fullyLabeledReplicas: active.filter((pod) => labels.every(([key, value]) => pod.metadata.labels?.[key] === value))
      .length,
    readyReplicas: ready.length,
    availableReplicas: ready.filter((pod) => isPodAvailable(pod, minReady, nowMs)).length,
    terminatingReplicas: terminating,
    observedGeneration: rs.metadata.generation,
    ...(conditions.length > 0 ? { conditions } : {}),
  };
}

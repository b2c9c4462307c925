import { wireTime } from "@dingi/apimachinery";
import {
  isPodActive,
  isPodAvailable,
  isPodReady,
  type V1Pod,
  type V1ReplicaSet,
  type V1ReplicaSetStatus,
} from "@dingi/api";
import { compareForRemoval, type RankedPods } from "../removal-order.ts";

/** As many at once as this, doubling after each round that worked. */
const BURST = 500;

export interface ReplicaPlan {
  readonly create: number;
  readonly remove: readonly V1Pod[];
}

/** Pure. Upstream: pkg/controller/replicaset/replica_set.go#manageReplicas */
export function planReplicas(rs: V1ReplicaSet, active: readonly V1Pod[], ranked: RankedPods): ReplicaPlan {
  const missing = (rs.spec.replicas ?? 1) - active.length;
  if (missing >= 0) return { create: Math.min(missing, BURST), remove: [] };
  const order = [...active].sort((a, b) => compareForRemoval(a, b, ranked));
  return { create: 0, remove: order.slice(0, Math.min(-missing, BURST)) };
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
  // What is told stays: another text, such as the name of another pod that was refused, would lead to another round at once.
  const told = before ?? { type: "ReplicaFailure", status: "True", lastTransitionTime: now, ...failure };
  const condition = failure && told;
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

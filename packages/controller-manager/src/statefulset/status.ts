import { isPodAvailable, isPodReady, type V1Pod, type V1StatefulSetStatus } from "@dingi/api";
import { replicasOf, revisionOf } from "./identity.ts";
import type { StatefulSetState } from "./plan.ts";

interface StatusInput extends StatefulSetState {
  readonly collisionCount: number;
  /** Those that were just deleted to be made anew. */
  readonly rolled: readonly V1Pod[];
}

/** Pure. Upstream: pkg/controller/statefulset/stateful_set_control.go#computeReplicaStatus, stateful_set_utils.go#completeUpdate */
export function statefulSetStatus(input: StatusInput): V1StatefulSetStatus {
  const { set, pods, revisions, nowMs, collisionCount, rolled } = input;
  const ready = pods.filter((pod) => pod.status.phase === "Running" && isPodReady(pod));
  const available = ready.filter((pod) => isPodAvailable(pod, set.spec.minReadySeconds ?? 0, nowMs));
  const staying = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const updated = staying.filter((pod) => revisionOf(pod) === revisions.update).length;
  const current = staying.filter((pod) => revisionOf(pod) === revisions.current && !rolled.includes(pod)).length;
  const wanted = replicasOf(set);
  const isComplete = updated === wanted && ready.length === wanted && pods.length === wanted;
  return {
    ...set.status,
    observedGeneration: set.metadata.generation,
    replicas: pods.length,
    readyReplicas: ready.length,
    availableReplicas: available.length,
    currentReplicas: isComplete ? updated : current,
    updatedReplicas: updated,
    currentRevision: isComplete ? revisions.update : revisions.current,
    updateRevision: revisions.update,
    collisionCount,
  };
}

import type { V1ContainerStatus, V1Job, V1JobSpec, V1JobStatus, V1Pod } from "@dingi/api";
import { TRACKING_FINALIZER } from "./job-pods.ts";

export const NOW = Date.UTC(2026, 0, 2);
export const at = (secondsAgo: number): string => new Date(NOW - secondsAgo * 1000).toISOString();

export const jobOf = (spec: Partial<V1JobSpec> = {}, status: V1JobStatus = {}): V1Job => ({
  metadata: { name: "job", namespace: "ns", uid: "job" },
  spec: {
    parallelism: 2,
    completions: 3,
    backoffLimit: 6,
    template: { spec: { containers: [{ name: "c", image: "i" }], restartPolicy: "Never" } },
    ...spec,
  },
  status: { startTime: at(100), ...status },
});

interface Seen {
  readonly phase?: string;
  readonly index?: number;
  readonly isDeleted?: boolean;
  readonly isTracked?: boolean;
  readonly finishedAgo?: number;
  readonly exitCode?: number;
  readonly failuresBefore?: number;
  readonly restarts?: number;
}

export function podOf(uid: string, seen: Seen = {}): V1Pod {
  const { phase = "Running", isTracked = true } = seen;
  return {
    metadata: {
      name: uid,
      namespace: "ns",
      uid,
      creationTimestamp: at(60),
      finalizers: isTracked ? [TRACKING_FINALIZER] : [],
      annotations: annotationsOf(seen),
      ...(seen.isDeleted ? { deletionTimestamp: at(5) } : {}),
    },
    spec: { containers: [], nodeName: "n" },
    status: {
      phase,
      conditions: [{ type: "Ready", status: phase === "Running" ? "True" : "False", lastTransitionTime: at(40) }],
      containerStatuses: [containerOf(phase, seen)],
    },
  };
}

function annotationsOf({ index, failuresBefore }: Seen): Record<string, string> {
  return {
    ...(index === undefined ? {} : { "batch.kubernetes.io/job-completion-index": String(index) }),
    ...(failuresBefore ? { "batch.kubernetes.io/job-index-failure-count": String(failuresBefore) } : {}),
  };
}

function containerOf(phase: string, { finishedAgo = 30, exitCode = 1, restarts = 0 }: Seen): V1ContainerStatus {
  const hasEnded = phase === "Failed" || phase === "Succeeded";
  const terminated = { exitCode: phase === "Failed" ? exitCode : 0, finishedAt: at(finishedAgo) };
  const state = hasEnded ? { terminated } : { running: {} };
  return { name: "c", ready: !hasEnded, restartCount: restarts, image: "i", imageID: "", state };
}

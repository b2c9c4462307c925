import type { V1Pod } from "@dingi/api";

/** A pod that waits for a node. Upstream: pkg/scheduler/framework/types.go#QueuedPodInfo */
export interface QueuedPod {
  readonly uid: string;
  pod: V1Pod;
  attempts: number;
  /** Since when it waits for its next attempt. */
  sinceMs: number;
  /** The plugins that turned it down at its last attempt. */
  rejectedBy: ReadonlySet<string>;
  backoffUntilMs: number;
}

/** Highest priority first, then who waits longest. Upstream: pkg/scheduler/framework/plugins/queuesort */
export function comesBefore(a: QueuedPod, b: QueuedPod): boolean {
  const [first, second] = [a.pod.spec.priority ?? 0, b.pod.spec.priority ?? 0];
  return first > second || (first === second && a.sinceMs < b.sinceMs);
}

import { getPodCondition, type V1ContainerStatus, type V1Pod } from "@dingi/api";
import { allFailuresBefore } from "./job-pods.ts";

const FIRST_MS = 10_000;
const MAX_MS = 10 * 60_000;

/** The failures since the last success. */
export interface FailureRecord {
  readonly failures: number;
  readonly lastMs: number;
}

const NONE: FailureRecord = { failures: 0, lastMs: 0 };

/** Upstream: pkg/controller/job/backoff_utils.go#newBackoffRecord */
export function recordFailures(
  before: FailureRecord | undefined,
  succeeded: readonly V1Pod[],
  failed: readonly V1Pod[],
): FailureRecord {
  const failedAt = failed.map(finishedAt);
  if (succeeded.length === 0) {
    const known = before ?? NONE;
    return failed.length === 0 ? known : { failures: known.failures + failed.length, lastMs: Math.max(...failedAt) };
  }
  const lastSuccess = Math.max(...succeeded.map(finishedAt));
  const since = failedAt.filter((ms) => ms > lastSuccess);
  return since.length === 0 ? NONE : { failures: since.length, lastMs: Math.max(...since) };
}

/** How long no pod is made yet. Upstream: …#getRemainingTimeForFailuresCount */
export function remainingMs({ failures, lastMs }: FailureRecord, nowMs: number): number {
  if (failures === 0) return 0;
  const delayMs = Math.min(FIRST_MS * 2 ** (failures - 1), MAX_MS);
  return Math.max(0, lastMs + delayMs - nowMs);
}

export function remainingForIndexMs(lastFailed: V1Pod | undefined, nowMs: number): number {
  if (!lastFailed) return 0;
  return remainingMs({ failures: allFailuresBefore(lastFailed) + 1, lastMs: finishedAt(lastFailed) }, nowMs);
}

/** Upstream: …#getFinishedTime */
export function finishedAt(pod: V1Pod): number {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, creationTimestamp = "" } = pod.metadata;
  const containers = lastFinish(finishingContainers(pod));
  if (containers !== undefined) return containers;
  const ready = getPodCondition(pod.status, "Ready");
  const readyMs = ready?.status === "False" ? Date.parse(ready.lastTransitionTime ?? "") : NaN;
  if (Number.isFinite(readyMs)) return readyMs;
  if (deletionTimestamp !== undefined) return Date.parse(deletionTimestamp) - deletionGracePeriodSeconds * 1000;
  return Date.parse(creationTimestamp);
}

/** Sidecars end after all others. */
function finishingContainers({ spec, status }: V1Pod): V1ContainerStatus[] {
  const sidecars = new Set(
    (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always").map(({ name }) => name),
  );
  const init = (status.initContainerStatuses ?? []).filter(({ name }) => sidecars.has(name));
  return [...(status.containerStatuses ?? []), ...init];
}

/** Undefined unless all have ended. */
function lastFinish(statuses: readonly V1ContainerStatus[]): number | undefined {
  const times = statuses.map(({ state }) => Date.parse(state?.terminated?.finishedAt ?? ""));
  return times.length > 0 && times.every(Number.isFinite) ? Math.max(...times) : undefined;
}

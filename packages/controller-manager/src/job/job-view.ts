import { isPodActive, isPodReady, isPodTerminating, type V1Job, type V1Pod } from "@dingi/api";
import { finishedAt, recordFailures, type FailureRecord } from "./backoff.ts";
import { countOf, has, parseIntervals, withIndexes, type Intervals } from "./index-intervals.ts";
import {
  allFailuresBefore,
  failuresBefore,
  indexOf,
  isIndexed,
  isPodFailed,
  isTracked,
  validIndex,
} from "./job-pods.ts";
import { matchFailure } from "./pod-failure-policy.ts";

interface JobState {
  readonly job: V1Job;
  readonly pods: readonly V1Pod[];
  readonly nowMs: number;
  /** What is remembered of failures before. */
  readonly record?: FailureRecord | undefined;
}

interface Indexes {
  /** As the status has them. */
  readonly counted: Intervals;
  readonly succeeded: Intervals;
  /** With a limit for each index only. */
  readonly failed?: Intervals | undefined;
}

/** What a Job and its pods come to. */
export interface JobView extends JobState {
  readonly active: readonly V1Pod[];
  readonly terminating: readonly V1Pod[];
  readonly ready: number;
  readonly succeeded: number;
  /** Those that count. */
  readonly failed: number;
  readonly record: FailureRecord;
  /** Of an indexed Job. */
  readonly indexes?: Indexes | undefined;
  /** By index: the last pod that failed, and stays until another one carries its count of failures on. */
  readonly toReplace: ReadonlyMap<number, V1Pod>;
}

/** Pure. Upstream: pkg/controller/job/job_controller.go#syncJob */
export function viewOf(state: JobState): JobView {
  const { job, pods } = state;
  const { succeeded: uncountedSucceeded = [], failed: uncountedFailed = [] } = job.status.uncountedTerminatedPods ?? {};
  const isNew = (pod: V1Pod, uncounted: readonly string[]) =>
    isTracked(pod) &&
    !uncounted.includes(pod.metadata.uid ?? "") &&
    (!isIndexed(job) || validIndex(pod, job) !== undefined);
  const newSucceeded = pods.filter((pod) => pod.status.phase === "Succeeded" && isNew(pod, uncountedSucceeded));
  const newFailed = pods.filter((pod) => isPodFailed(pod, job) && isNew(pod, uncountedFailed));
  const counting = newFailed.filter((pod) => matchFailure(job.spec.podFailurePolicy, pod).counts);
  const indexes = isIndexed(job) ? indexesOf(state) : undefined;
  const active = pods.filter(isPodActive);
  return {
    ...state,
    active,
    terminating: pods.filter(isPodTerminating),
    ready: active.filter(isPodReady).length,
    succeeded: indexes
      ? countOf(indexes.succeeded)
      : (job.status.succeeded ?? 0) + newSucceeded.length + uncountedSucceeded.length,
    failed: (job.status.failed ?? 0) + counting.length + uncountedFailed.length,
    record: recordFailures(state.record, newSucceeded, newFailed),
    indexes,
    toReplace: indexes?.failed ? podsToReplace(state, active, indexes) : new Map(),
  };
}

function indexesOf({ job, pods }: JobState): Indexes {
  const { completions = 0, backoffLimitPerIndex } = job.spec;
  const tracked = pods.filter(isTracked);
  const indexesWhere = (holds: (pod: V1Pod) => boolean) =>
    tracked.filter(holds).flatMap((pod) => validIndex(pod, job) ?? []);
  const counted = parseIntervals(job.status.completedIndexes ?? "", completions);
  const succeeded = withIndexes(
    counted,
    indexesWhere(({ status }) => status.phase === "Succeeded"),
  );
  if (backoffLimitPerIndex === undefined) return { counted, succeeded };
  const failed = withIndexes(
    parseIntervals(job.status.failedIndexes ?? "", completions),
    indexesWhere((pod) => isIndexFailed(pod, job, backoffLimitPerIndex)),
  );
  return { counted, succeeded, failed };
}

/** Upstream: pkg/controller/job/indexed_job_utils.go#isIndexFailed */
function isIndexFailed(pod: V1Pod, job: V1Job, limit: number): boolean {
  if (!isPodFailed(pod, job)) return false;
  const { counts, action } = matchFailure(job.spec.podFailurePolicy, pod);
  return action === "FailIndex" || (counts && failuresBefore(pod) >= limit);
}

/** Upstream: …#getPodsWithDelayedDeletionPerIndex */
function podsToReplace(
  { job, pods }: JobState,
  active: readonly V1Pod[],
  { succeeded, failed = [] }: Indexes,
): Map<number, V1Pod> {
  const running = new Set(active.map(indexOf));
  const isSettled = (index: number) => has(succeeded, index) || has(failed, index) || running.has(index);
  const last = new Map<number, V1Pod>();
  for (const pod of pods) {
    const index = validIndex(pod, job);
    if (index === undefined || !isTracked(pod) || !isPodFailed(pod, job) || isSettled(index)) continue;
    if (isLater(pod, last.get(index))) last.set(index, pod);
  }
  return last;
}

const isLater = (pod: V1Pod, known: V1Pod | undefined): boolean =>
  !known || (allFailuresBefore(known) <= allFailuresBefore(pod) && finishedAt(pod) >= finishedAt(known));

import type { V1JobStatus, V1Pod } from "@dingi/api";
import { countOf, has, intervalsText, withIndexes } from "./index-intervals.ts";
import { indexOf, isPodFailed, isTracked, validIndex } from "./job-pods.ts";
import type { JobView } from "./job-view.ts";
import { matchFailure } from "./pod-failure-policy.ts";
import type { Verdict } from "./verdict.ts";

/** More are not told of at once: the status would grow too large. */
const MAX_UNCOUNTED = 500;

interface Tracking {
  /** Tells whose finalizers go, before they do: what happens in between, no pod is counted twice or not at all. */
  readonly status: V1JobStatus;
  readonly release: readonly V1Pod[];
  /** There are more, which wait for the next round. */
  readonly isPartial: boolean;
}

/** Pure. Upstream: pkg/controller/job/job_controller.go#trackJobStatusAndRemoveFinalizers */
export function trackPods(view: JobView, verdict: Verdict | undefined, before: V1JobStatus): Tracking {
  const tracked = view.pods.filter(isTracked);
  const status = countReleased(before, new Set(tracked.map(({ metadata }) => metadata.uid ?? "")));
  const ended = tracked.filter((pod) => mayGo(pod, view, verdict)).toSorted(byIndex);
  const counting = new Counting(view, status);
  const release: V1Pod[] = [];
  for (const pod of ended) {
    if (counting.isFull) break;
    release.push(pod);
    counting.add(pod, verdict);
  }
  return { status: counting.status(), release, isPartial: release.length < ended.length };
}

const byIndex = (a: V1Pod, b: V1Pod): number => (indexOf(a) ?? -1) - (indexOf(b) ?? -1);

/** Upstream: …#canRemoveFinalizer */
function mayGo(pod: V1Pod, { job, toReplace }: JobView, verdict: Verdict | undefined): boolean {
  if (job.metadata.deletionTimestamp !== undefined || verdict || pod.status.phase === "Succeeded") return true;
  const index = indexOf(pod);
  return isPodFailed(pod, job) && !(index !== undefined && toReplace.get(index) === pod);
}

/** Pods that were told of and have lost their finalizer are counted for good. Upstream: …#cleanUncountedPodsWithoutFinalizers */
export function countReleased(status: V1JobStatus, held: ReadonlySet<string>): V1JobStatus {
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {};
  const left = { succeeded: succeeded.filter((uid) => held.has(uid)), failed: failed.filter((uid) => held.has(uid)) };
  return {
    ...status,
    succeeded: (status.succeeded ?? 0) + succeeded.length - left.succeeded.length,
    failed: (status.failed ?? 0) + failed.length - left.failed.length,
    uncountedTerminatedPods: {
      ...(left.succeeded.length > 0 ? { succeeded: left.succeeded } : {}),
      ...(left.failed.length > 0 ? { failed: left.failed } : {}),
    },
  };
}

class Counting {
  readonly #view: JobView;
  readonly #status: V1JobStatus;
  readonly #succeeded: Set<string>;
  readonly #failed: Set<string>;
  readonly #indexes: number[] = [];

  constructor(view: JobView, status: V1JobStatus) {
    this.#view = view;
    this.#status = status;
    this.#succeeded = new Set(status.uncountedTerminatedPods?.succeeded);
    this.#failed = new Set(status.uncountedTerminatedPods?.failed);
  }

  get isFull(): boolean {
    return this.#indexes.length + this.#succeeded.size + this.#failed.size >= MAX_UNCOUNTED;
  }

  add(pod: V1Pod, verdict: Verdict | undefined): void {
    const { uid = "" } = pod.metadata;
    if (this.#failed.has(uid)) return;
    if (pod.status.phase === "Succeeded") return this.#addSuccess(pod, uid);
    // Of a Job that fails, every pod that did not end has failed.
    if (isPodFailed(pod, this.#view.job) || (verdict && !verdict.succeeds)) this.#addFailure(pod, uid);
  }

  #addSuccess(pod: V1Pod, uid: string): void {
    const { job, indexes } = this.#view;
    if (!indexes) return void this.#succeeded.add(uid);
    // The index is told instead.
    const index = validIndex(pod, job);
    if (index !== undefined && !has(indexes.counted, index)) this.#indexes.push(index);
  }

  #addFailure(pod: V1Pod, uid: string): void {
    const { job, indexes } = this.#view;
    if (indexes && validIndex(pod, job) === undefined) return;
    if (matchFailure(job.spec.podFailurePolicy, pod).counts) this.#failed.add(uid);
  }

  status(): V1JobStatus {
    const uncountedTerminatedPods = {
      ...(this.#succeeded.size > 0 ? { succeeded: [...this.#succeeded] } : {}),
      ...(this.#failed.size > 0 ? { failed: [...this.#failed] } : {}),
    };
    const { indexes } = this.#view;
    if (!indexes) return { ...this.#status, uncountedTerminatedPods };
    const completed = withIndexes(indexes.counted, this.#indexes);
    return {
      ...this.#status,
      uncountedTerminatedPods,
      succeeded: countOf(completed),
      completedIndexes: intervalsText(completed) || undefined,
      failedIndexes: indexes.failed && intervalsText(indexes.failed),
    };
  }
}

import type { V1Pod } from "@dingi/api";
import { compareForRemoval } from "../removal-order.ts";
import { remainingForIndexMs, remainingMs } from "./backoff.ts";
import { firstMissing, union, withIndexes } from "./index-intervals.ts";
import { indexOf, isSuspended, replacesFailedOnly, validIndex } from "./job-pods.ts";
import type { JobView } from "./job-view.ts";

/** As many at once as this. */
const BURST = 500;

interface JobPlan {
  /** One for each pod: its index, or undefined when the Job has none. */
  readonly create: readonly (number | undefined)[];
  readonly remove: readonly V1Pod[];
  /** When pods may be made that must not be yet. */
  readonly waitMs?: number;
}

const NOTHING: JobPlan = { create: [], remove: [] };

/** Pure: how a Job that goes on gets as many pods as it wants. Upstream: pkg/controller/job/job_controller.go#manageJob */
export function planJob(view: JobView): JobPlan {
  const { job, active, terminating } = view;
  if (isSuspended(job)) return { ...NOTHING, remove: active };
  const wanted = wantedPods(view);
  const remove = podsToRemove(view, Math.max(0, active.length - wanted)).slice(0, BURST);
  if (remove.length > 0) return { ...NOTHING, remove };
  const missing = wanted - active.length - (replacesFailedOnly(job) ? terminating.length : 0);
  return missing > 0 ? planCreation(view, Math.min(missing, BURST)) : NOTHING;
}

function wantedPods({ job, active, succeeded }: JobView): number {
  const { completions, parallelism = 1 } = job.spec;
  // Without a number of completions, the first success means that no more are needed.
  if (completions === undefined) return succeeded > 0 ? active.length : parallelism;
  return Math.max(0, Math.min(completions - succeeded, parallelism));
}

function planCreation(view: JobView, count: number): JobPlan {
  const { job, record, nowMs, indexes } = view;
  const isPerIndex = job.spec.backoffLimitPerIndex !== undefined;
  const waitMs = isPerIndex ? 0 : remainingMs(record, nowMs);
  if (waitMs > 0) return { ...NOTHING, waitMs };
  if (!indexes) return { ...NOTHING, create: Array.from({ length: count }, () => undefined) };
  const pending = pendingIndexes(view, count);
  if (!isPerIndex) return { ...NOTHING, create: pending };
  const waits = pending.map((index) => ({ index, ms: remainingForIndexMs(view.toReplace.get(index), nowMs) }));
  const create = waits.filter(({ ms }) => ms === 0).map(({ index }) => index);
  const nextMs = Math.min(...waits.filter(({ ms }) => ms > 0).map(({ ms }) => ms));
  return { ...NOTHING, create, ...(Number.isFinite(nextMs) ? { waitMs: nextMs } : {}) };
}

function pendingIndexes({ job, active, terminating, indexes }: JobView, count: number): number[] {
  const busy = replacesFailedOnly(job) ? [...active, ...terminating] : active;
  const taken = withIndexes(
    union(indexes!.succeeded, indexes!.failed ?? []),
    busy.flatMap((pod) => indexOf(pod) ?? []),
  );
  return firstMissing(taken, count, job.spec.completions ?? 0);
}

/** Those without an index, or with that of another pod, go in any case. Upstream: …#activePodsForRemoval */
function podsToRemove({ job, active, indexes, nowMs }: JobView, atLeast: number): V1Pod[] {
  const ranked = { rankOf: () => 0, nowMs };
  const inOrder = active.toSorted((a, b) => compareForRemoval(a, b, ranked));
  const last = new Map(inOrder.map((pod) => [validIndex(pod, job), pod]));
  const isSurplus = (pod: V1Pod) =>
    indexes !== undefined && (validIndex(pod, job) === undefined || last.get(validIndex(pod, job)) !== pod);
  const surplus = inOrder.filter(isSurplus);
  const others = inOrder.filter((pod) => !isSurplus(pod));
  return [...surplus, ...others.slice(0, Math.max(0, atLeast - surplus.length))];
}

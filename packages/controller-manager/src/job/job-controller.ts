import {
  isJobFinished,
  isPodReady,
  Job,
  Pod,
  type V1Job,
  type V1JobCondition,
  type V1JobStatus,
  type V1Pod,
} from "@dingi/api";
import { ignoreNotFound, keyOf, keyString, semanticEqual, type ObjectKey } from "@dingi/apimachinery";
import { referenceTo } from "@dingi/client";
import {
  DONE,
  defineController,
  type ControllerDefinition,
  type ReconcileContext,
  type Result,
} from "@dingi/controller-runtime";
import { candidatesFor, claim, orphanedPods, podOwnerIndexes } from "../claim.ts";
import { createPod, deletePod, slowStart } from "../pod-control.ts";
import type { FailureRecord } from "./backoff.ts";
import { isSuspended, newJobPod, TRACKING_FINALIZER } from "./job-pods.ts";
import { viewOf, type JobView } from "./job-view.ts";
import { planJob } from "./plan.ts";
import { withEnd, withStart, withSuspension, withVerdict } from "./status.ts";
import { countReleased, trackPods } from "./tracking.ts";
import { COMPLETED, untilDeadline, verdictOn, type Verdict } from "./verdict.ts";

const CONTROLLER = "kubernetes.io/job-controller";
const selectorOf = ({ spec }: V1Job) => spec.selector;

/** Whether somebody else looks after the Job. */
export const isManagedElsewhere = ({ spec }: V1Job): boolean => (spec.managedBy ?? CONTROLLER) !== CONTROLLER;

/** Runs pods until enough of them have succeeded. Upstream: pkg/controller/job/job_controller.go */
export function jobController(): ControllerDefinition {
  const records = new Map<string, FailureRecord>();
  return defineController({
    name: "job-controller",
    serviceAccount: "job-controller",
    for: Job,
    owns: [Pod],
    watches: [orphanedPods(Job, selectorOf)],
    indexes: podOwnerIndexes(Job, selectorOf),
    reconcile: (key, context) => reconcile(key, context, records),
  });
}

async function reconcile(
  key: ObjectKey,
  context: ReconcileContext,
  records: Map<string, FailureRecord>,
): Promise<Result> {
  const { cache, client, clock } = context;
  const job = cache.get(Job, key);
  if (!job || isJobFinished(job)) {
    records.delete(keyString(key));
    return DONE;
  }
  if (isManagedElsewhere(job)) return DONE;
  const candidates = candidatesFor({ ...job, spec: { selector: job.spec.selector } }, Pod, cache);
  const pods = await claim({
    client,
    ownerKind: Job,
    owner: job,
    kind: Pod,
    candidates,
    finalizer: TRACKING_FINALIZER,
  });
  const view = viewOf({ job, pods, nowMs: clock.now(), record: records.get(keyString(key)) });
  const round = new Round(view, context);
  const result = await round.run(() => records.set(keyString(key), view.record));
  return result;
}

interface Managed {
  readonly verdict?: Verdict | undefined;
  readonly active: number;
  readonly terminating: number;
  readonly ready: number;
  readonly waitMs?: number | undefined;
  readonly failure?: { readonly error: unknown } | undefined;
}

/** One round over one Job that has not finished. */
class Round {
  readonly #view: JobView;
  readonly #context: ReconcileContext;
  #job: V1Job;

  constructor(view: JobView, context: ReconcileContext) {
    this.#view = view;
    this.#context = context;
    this.#job = view.job;
  }

  /** @param told Is called once the status tells of the pods that have ended. */
  async run(told: () => void): Promise<Result> {
    const { nowMs, job } = this.#view;
    const found = verdictOn(this.#view);
    const managed = found ? await this.#end(found) : await this.#manage();
    const { active, terminating, ready, verdict } = managed;
    let status: V1JobStatus = { ...withStart(job, job.status, nowMs), active, terminating, ready };
    if (!found && !verdict && job.metadata.deletionTimestamp === undefined) status = withSuspension(job, status, nowMs);
    const tracking = trackPods(this.#view, verdict, status);
    await this.#write(withVerdict(tracking.status, verdict, nowMs));
    told();
    const { held, failure } = await this.#release(tracking.release);
    const settled = countReleased(this.#job.status, held);
    // Whoever has finalizers left is seen again.
    await this.#write(tracking.isPartial || failure ? settled : withEnd(settled, verdict, nowMs));
    for (const failed of [failure, managed.failure]) if (failed) throw failed.error;
    return this.#next(managed);
  }

  #next({ waitMs, verdict }: Managed): Result {
    const deadlineMs = verdict ? undefined : untilDeadline(this.#job, this.#context.clock.now());
    const waits = [waitMs, deadlineMs].filter((ms) => ms !== undefined);
    return waits.length > 0 ? { requeueAfterMs: Math.max(1, Math.min(...waits)) } : DONE;
  }

  /** The pods go first: until all have been deleted, nothing is told of the end. */
  async #end(verdict: Verdict): Promise<Managed> {
    const { active } = this.#view;
    const removed = await this.#remove(active, async () => {});
    return { ...removed, verdict: removed.failure ? undefined : verdict };
  }

  async #manage(): Promise<Managed> {
    const { job, active, terminating, ready, toReplace, succeeded } = this.#view;
    const isDeleted = job.metadata.deletionTimestamp !== undefined;
    const plan = isDeleted ? { create: [], remove: [] } : planJob(this.#view);
    const { waitMs } = plan;
    if (plan.remove.length > 0) {
      // What is too many is neither a success nor a failure, so nobody is to count it.
      return { ...(await this.#remove(plan.remove, async (pod) => await releasePod(pod, this.#context))), waitMs };
    }
    let made = 0;
    const { failure } = await slowStart(plan.create, async (index) => {
      const replaced = index === undefined ? undefined : toReplace.get(index);
      if (await createPod({ kind: Job, object: job }, newJobPod(job, index, replaced), this.#context)) made++;
    });
    const isOver = active.length + made === 0 && succeeded >= (job.spec.completions ?? 1);
    return {
      verdict: isOver ? COMPLETED : undefined,
      active: active.length + made,
      terminating: terminating.length,
      ready,
      waitMs,
      failure,
    };
  }

  async #remove(pods: readonly V1Pod[], beforehand: (pod: V1Pod) => Promise<void>): Promise<Managed> {
    const { job, active, terminating, ready } = this.#view;
    const removed: V1Pod[] = [];
    const results = await Promise.allSettled(
      pods.map(async (pod) => {
        await beforehand(pod);
        await deletePod({ kind: Job, object: job }, pod, this.#context);
        removed.push(pod);
      }),
    );
    const failed = results.find((result) => result.status === "rejected");
    return {
      active: active.length - removed.length,
      terminating: terminating.length + removed.length,
      ready: ready - removed.filter(isPodReady).length,
      failure: failed && { error: failed.reason },
    };
  }

  /** The uids of pods that still have their finalizer. */
  async #release(
    pods: readonly V1Pod[],
  ): Promise<{ readonly held: ReadonlySet<string>; readonly failure?: { readonly error: unknown } | undefined }> {
    const held = new Set(
      this.#view.pods
        .filter(({ metadata }) => metadata.finalizers?.includes(TRACKING_FINALIZER))
        .map(({ metadata }) => metadata.uid ?? ""),
    );
    const results = await Promise.allSettled(
      pods.map(async (pod) => {
        await releasePod(pod, this.#context);
        held.delete(pod.metadata.uid ?? "");
      }),
    );
    const failed = results.find((result) => result.status === "rejected");
    return { held, failure: failed && { error: failed.reason } };
  }

  async #write(status: V1JobStatus): Promise<void> {
    const before = this.#job;
    if (semanticEqual(status, before.status)) return;
    this.#job = await this.#context.client.update(Job, { ...before, status }, { subresource: "status" });
    tellChanges(this.#job, before, this.#context);
  }
}

/** Lets a pod go that was counted, or that nobody will count. */
export async function releasePod(pod: V1Pod, { client }: Pick<ReconcileContext, "client">): Promise<void> {
  const patch = { metadata: { "$deleteFromPrimitiveList/finalizers": [TRACKING_FINALIZER], uid: pod.metadata.uid } };
  await client.patch(Pod, keyOf(pod), patch, { type: "strategic" }).catch(ignoreNotFound);
}

/** Upstream: pkg/controller/job/job_controller.go#recordJobFinished */
function tellChanges(job: V1Job, before: V1Job, { events }: ReconcileContext): void {
  const about = referenceTo(Job, job);
  const changed = (type: string) => {
    const now = conditionOf(job, type);
    return now?.status === conditionOf(before, type)?.status ? undefined : now;
  };
  const suspended = changed("Suspended");
  if (suspended) events.event(about, "Normal", isSuspended(job) ? "Suspended" : "Resumed", suspended.message ?? "");
  const failed = changed("Failed");
  if (failed) events.event(about, "Warning", failed.reason ?? "", failed.message ?? "");
  if (!changed("Complete")) return;
  if (succeededTooOften(job))
    events.event(
      about,
      "Warning",
      "TooManySucceededPods",
      "Too many succeeded pods running after completion count reached",
    );
  events.event(about, "Normal", "Completed", "Job completed");
}

const conditionOf = ({ status }: V1Job, type: string): V1JobCondition | undefined =>
  status.conditions?.find((condition) => condition.type === type);

const succeededTooOften = ({ spec, status }: V1Job): boolean =>
  (status.succeeded ?? 0) > (spec.completions ?? Infinity);

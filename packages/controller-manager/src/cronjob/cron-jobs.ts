import { CronJob, hasCondition, isJobFinished, Job, type V1CronJob, type V1Job } from "@dingi/api";
import { ignoreNotFound, isAlreadyExists, isNamespaceTerminating, isNotFound, wireTime } from "@dingi/apimachinery";
import { describeError } from "@dingi/base";
import { referenceTo, type NewObject } from "@dingi/client";
import type { ReconcileContext } from "@dingi/controller-runtime";
import { controllerOf, controllerReference } from "../claim.ts";
import { zoneOf } from "./next-time.ts";
import { jobName } from "./plan.ts";

const SCHEDULED = "batch.kubernetes.io/cronjob-scheduled-timestamp";

/** The Jobs of one CronJob, and what its status comes to say of them. Upstream: pkg/controller/cronjob/cronjob_controllerv2.go */
export class CronJobs {
  #cronJob: V1CronJob;
  readonly #jobs: readonly V1Job[];
  readonly #context: ReconcileContext;

  constructor(cronJob: V1CronJob, jobs: readonly V1Job[], context: ReconcileContext) {
    this.#cronJob = cronJob;
    this.#jobs = jobs;
    this.#context = context;
  }

  /** With the status as it is to be. */
  get cronJob(): V1CronJob {
    return this.#cronJob;
  }

  get status(): V1CronJob["status"] {
    return this.#cronJob.status;
  }

  /** Of those that are over. What fails keeps no other Job from its time. Upstream: …#cleanupFinishedJobs */
  async deleteOldest(): Promise<readonly unknown[]> {
    const failures: unknown[] = [];
    const { successfulJobsHistoryLimit = Infinity, failedJobsHistoryLimit = Infinity } = this.#cronJob.spec;
    const limits = [
      ["Complete", successfulJobsHistoryLimit],
      ["Failed", failedJobsHistoryLimit],
    ] as const;
    for (const [type, limit] of limits) {
      const over = this.#jobs.filter((job) => hasCondition(job, type)).sort(byStart);
      for (const job of over.slice(0, Math.max(0, over.length - limit)))
        await this.#delete(job).catch((error: unknown) => failures.push(error));
    }
    return failures;
  }

  /** Active Jobs that are over, or are gone, are so no more. */
  async noteEnded(): Promise<void> {
    for (const job of this.#jobs) await this.#note(job);
    const known = new Set(this.#jobs.map(({ metadata }) => metadata.uid));
    for (const { uid, name = "", namespace = "" } of this.status.active ?? []) {
      if (known.has(uid)) continue;
      // A watch may only be slow to tell of it.
      if (await this.#context.client.get(Job, { namespace, name }).catch(ignoreNotFound)) continue;
      this.#tell("Normal", "MissingJob", `Active job went missing: ${name}`);
      this.#forget(uid);
    }
  }

  async #note(job: V1Job): Promise<void> {
    const { uid, name } = job.metadata;
    if (!isJobFinished(job)) {
      if (!this.#isActive(uid) && !(await this.#isActiveNow(uid)))
        this.#tell("Warning", "UnexpectedJob", `Saw a job that the controller did not create or forgot: ${name}`);
      return;
    }
    const succeeded = hasCondition(job, "Complete");
    if (this.#isActive(uid)) {
      this.#forget(uid);
      const condition = succeeded ? "Complete" : "Failed";
      this.#tell("Normal", "SawCompletedJob", `Saw completed job: ${name}, condition: ${condition}`);
    }
    const { completionTime = "" } = job.status;
    if (succeeded && completionTime > (this.status.lastSuccessfulTime ?? ""))
      this.#set({ lastSuccessfulTime: completionTime });
  }

  #isActive(uid: string | undefined): boolean {
    return (this.status.active ?? []).some((one) => one.uid === uid);
  }

  /** The list of Jobs may be newer than the status. */
  async #isActiveNow(uid: string | undefined): Promise<boolean> {
    const { namespace = "", name = "" } = this.#cronJob.metadata;
    const now = await this.#context.client.get(CronJob, { namespace, name });
    return (now.status.active ?? []).some((one) => one.uid === uid);
  }

  async deleteActive(): Promise<void> {
    for (const { name = "", namespace = "" } of this.status.active ?? []) {
      const job = await this.#context.client.get(Job, { namespace, name }).catch((error: unknown) => {
        this.#tell("Warning", "FailedGet", `Get job: ${describeError(error)}`);
        throw error;
      });
      await this.#delete(job);
    }
  }

  /** Upstream: …#deleteJob */
  async #delete({ metadata }: V1Job): Promise<void> {
    const { name = "", namespace = "", uid = "" } = metadata;
    try {
      await this.#context.client.delete(
        Job,
        { namespace, name },
        { propagationPolicy: "Background", preconditions: { uid } },
      );
    } catch (error) {
      if (!isNotFound(error)) {
        this.#tell("Warning", "FailedDelete", `Deleted job: ${describeError(error)}`);
        throw error;
      }
    }
    this.#forget(uid);
    this.#tell("Normal", "SuccessfulDelete", `Deleted job ${name}`);
  }

  /** The name is a lock: one that was started and not noted is found again. */
  async start(atMs: number): Promise<void> {
    const job = await this.#create(atMs);
    if (!job || controllerOf(job)?.uid !== this.#cronJob.metadata.uid || this.#isActive(job.metadata.uid)) return;
    this.#set({
      active: [...(this.status.active ?? []), referenceTo(Job, job)],
      lastScheduleTime: wireTime(atMs),
    });
  }

  async #create(atMs: number): Promise<V1Job | undefined> {
    const { client } = this.#context;
    const wanted = jobFrom(this.#cronJob, atMs);
    try {
      const created = await client.create(Job, wanted);
      this.#tell("Normal", "SuccessfulCreate", `Created job ${created.metadata.name}`);
      return created;
    } catch (error) {
      if (isAlreadyExists(error)) {
        const { namespace = "", name = "" } = wanted.metadata;
        return await client.get(Job, { namespace, name });
      }
      if (!isNamespaceTerminating(error))
        this.#tell("Warning", "FailedCreate", `Error creating job: ${describeError(error)}`);
      throw error;
    }
  }

  #forget(uid: string | undefined): void {
    this.#set({ active: (this.status.active ?? []).filter((one) => one.uid !== uid) });
  }

  #set(changes: Partial<V1CronJob["status"]>): void {
    this.#cronJob = { ...this.#cronJob, status: { ...this.#cronJob.status, ...changes } };
  }

  #tell(type: "Normal" | "Warning", reason: string, message: string): void {
    this.#context.events.event(referenceTo(CronJob, this.#cronJob), type, reason, message);
  }
}

/** Those that never began come last. Upstream: pkg/controller/cronjob/utils.go#byJobStartTime */
function byStart(a: V1Job, b: V1Job): number {
  const rank = ({ metadata, status }: V1Job) => `${status.startTime ?? "~"} ${metadata.name ?? ""}`;
  return rank(a) < rank(b) ? -1 : 1;
}

/** Upstream: …#getJobFromTemplate2 */
function jobFrom(cronJob: V1CronJob, atMs: number): NewObject<V1Job> {
  const { metadata, spec } = cronJob.spec.jobTemplate;
  const annotations = { ...metadata?.annotations, [SCHEDULED]: localTime(atMs, cronJob.spec.timeZone ?? "") };
  return {
    metadata: {
      name: jobName(cronJob, atMs),
      namespace: cronJob.metadata.namespace,
      labels: metadata?.labels,
      annotations,
      ownerReferences: [controllerReference(CronJob, cronJob)],
    },
    spec: spec!,
  };
}

/** RFC 3339, by the clock of the time zone. */
function localTime(ms: number, timeZone: string): string {
  const time = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zoneOf(timeZone));
  return time.toString({ timeZoneName: "never", smallestUnit: "second" }).replace(/\+00:00$/, "Z");
}

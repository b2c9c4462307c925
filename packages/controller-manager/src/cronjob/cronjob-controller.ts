import { CronJob, Job, parseSchedule, ScheduleError, type Schedule, type V1CronJob } from "@dingi/api";
import { semanticEqual, type ObjectKey } from "@dingi/apimachinery";
import { describeError } from "@dingi/base";
import { referenceTo } from "@dingi/client";
import { DONE, defineController, indexesOf, type ReconcileContext, type Result } from "@dingi/controller-runtime";
import { ownedBy, ownershipIndexes } from "../claim.ts";
import { CronJobs } from "./cron-jobs.ts";
import { decide, dueTime, EmptyScheduleError, untilNext, type Timing } from "./plan.ts";

/** Starts Jobs when it is time. Upstream: pkg/controller/cronjob/cronjob_controllerv2.go */
export const cronJobController = defineController({
  name: "cronjob-controller",
  serviceAccount: "cronjob-controller",
  for: CronJob,
  owns: [Job],
  indexes: indexesOf(Job, ownershipIndexes),
  reconcile,
});

async function reconcile(key: ObjectKey, context: ReconcileContext): Promise<Result> {
  const { cache, client } = context;
  const cronJob = cache.get(CronJob, key);
  if (!cronJob) return DONE; // deleted: the garbage collector owns its Jobs now
  const jobs = new CronJobs(cronJob, ownedBy(cronJob, Job, cache), context);
  const outcome = await advance(jobs, context).then(
    (result) => ({ result }),
    (error: unknown) => ({ error }),
  );
  const status = jobs.status;
  if (!semanticEqual(status, cronJob.status))
    await client.update(CronJob, { ...cronJob, status }, { subresource: "status" });
  if ("error" in outcome) throw outcome.error;
  return outcome.result;
}

async function advance(jobs: CronJobs, context: ReconcileContext): Promise<Result> {
  const failures = await jobs.deleteOldest();
  const result = await startNext(jobs, context);
  if (failures.length > 0) throw failures[0];
  return result;
}

async function startNext(jobs: CronJobs, context: ReconcileContext): Promise<Result> {
  await jobs.noteEnded();
  const { cronJob } = jobs;
  if (cronJob.metadata.deletionTimestamp !== undefined || cronJob.spec.suspend) return DONE;
  const schedule = readSchedule(cronJob, context);
  return schedule ? await startDue(jobs, schedule, context) : DONE;
}

/** Undefined when there is something wrong with it; only another one can mend that. */
function readSchedule(cronJob: V1CronJob, { events }: ReconcileContext): Schedule | undefined {
  const { schedule, timeZone } = cronJob.spec;
  const warn = (reason: string, message: string) =>
    events.event(referenceTo(CronJob, cronJob), "Warning", reason, message);
  const namesZone = schedule.includes("TZ");
  if (namesZone) {
    const message = `CRON_TZ or TZ used in schedule ${JSON.stringify(schedule)} is not officially supported, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details`;
    warn("UnsupportedSchedule", message);
  }
  try {
    return parseSchedule(timeZone === undefined || namesZone ? schedule : `TZ=${timeZone} ${schedule}`);
  } catch (error) {
    if (!(error instanceof ScheduleError)) throw error;
    warn("UnparseableSchedule", `unparseable schedule: ${JSON.stringify(schedule)} : ${error.message}`);
    return undefined;
  }
}

async function startDue(jobs: CronJobs, schedule: Schedule, { clock, events }: ReconcileContext): Promise<Result> {
  const nowMs = clock.now();
  const timing = (): Timing => ({ cronJob: jobs.cronJob, schedule, nowMs });
  const tell = (type: "Normal" | "Warning", reason: string, message: string) =>
    events.event(referenceTo(CronJob, jobs.cronJob), type, reason, message);
  try {
    const due = dueTime(timing());
    if (due) {
      if (due.missedMany) tell("Warning", "TooManyMissedTimes", TOO_MANY);
      await follow(jobs, { atMs: due.atMs, nowMs }, tell);
    }
    return { requeueAfterMs: untilNext(timing()) };
  } catch (error) {
    if (!(error instanceof EmptyScheduleError)) throw error;
    tell("Warning", "InvalidSchedule", `invalid schedule: ${jobs.cronJob.spec.schedule} : ${describeError(error)}`);
    return DONE;
  }
}

const TOO_MANY = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew";
const ANOTHER_RUNS = "Not starting job because prior execution is running and concurrency policy is Forbid";

async function follow(
  jobs: CronJobs,
  { atMs, nowMs }: { readonly atMs: number; readonly nowMs: number },
  tell: (type: "Normal" | "Warning", reason: string, message: string) => void,
): Promise<void> {
  switch (decide({ cronJob: jobs.cronJob, nowMs }, atMs)) {
    case "too late":
      return tell("Warning", "MissSchedule", `Missed scheduled time to start a job: ${longTime(atMs)}`);
    case "another runs":
      return tell("Normal", "JobAlreadyActive", ANOTHER_RUNS);
    case "replace":
      await jobs.deleteActive();
      return await jobs.start(atMs);
    case "start":
      return await jobs.start(atMs);
    case "done already":
  }
}

/** "Mon, 02 Jan 2006 15:04:05 +0000" */
const longTime = (ms: number): string => new Date(ms).toUTCString().replace("GMT", "+0000");

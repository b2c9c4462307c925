import type { Schedule, V1CronJob } from "@dingi/api";
import { nextTime } from "./next-time.ts";

/** Timers are not so exact that a Job would be found due a moment too early. */
const DELTA_MS = 100;
const MANY = 100;

/** No two times of the schedule differ. */
export class EmptyScheduleError extends Error {
  override name = "EmptyScheduleError";

  constructor() {
    super("time difference between two schedules is less than 1 second");
  }
}

export interface Timing {
  readonly cronJob: V1CronJob;
  readonly schedule: Schedule;
  readonly nowMs: number;
}

interface Recent {
  readonly earliestMs: number;
  /** The last time that is due, if any is. */
  readonly dueMs?: number;
  readonly missed: number;
}

/** Pure. Throws EmptyScheduleError. Upstream: pkg/controller/cronjob/utils.go#mostRecentScheduleTime */
function mostRecent({ cronJob, schedule, nowMs }: Timing, { withDeadline }: { withDeadline: boolean }): Recent {
  const { lastScheduleTime } = cronJob.status;
  const { startingDeadlineSeconds = Infinity } = cronJob.spec;
  const sinceMs = Date.parse(lastScheduleTime ?? cronJob.metadata.creationTimestamp ?? "");
  const earliestMs = withDeadline ? Math.max(sinceMs, nowMs - startingDeadlineSeconds * 1000) : sinceMs;
  const first = nextTime(schedule, earliestMs);
  const second = first === undefined ? undefined : nextTime(schedule, first);
  if (first === undefined || second === undefined) throw new EmptyScheduleError();
  if (nowMs < first) return { earliestMs, missed: 0 };
  if (nowMs < second) return { earliestMs, dueMs: first, missed: 0 };
  return { earliestMs, ...lastDue({ schedule, nowMs }, first, second - first) };
}

/** Without a walk over all that were missed: about as many as fit, and then on from there. */
function lastDue(
  { schedule, nowMs }: Pick<Timing, "schedule" | "nowMs">,
  firstMs: number,
  betweenMs: number,
): Omit<Recent, "earliestMs"> {
  const missed = Math.floor((nowMs - firstMs) / betweenMs) + 1;
  let dueMs: number | undefined;
  let next = nextTime(schedule, firstMs + (missed - 2) * betweenMs);
  while (next !== undefined && next <= nowMs) {
    dueMs = next;
    next = nextTime(schedule, next);
  }
  return { missed, ...(dueMs === undefined ? {} : { dueMs }) };
}

interface Due {
  readonly atMs: number;
  /** So many were missed that something is wrong. */
  readonly missedMany: boolean;
}

/** Upstream: …#nextScheduleTime */
export function dueTime(timing: Timing): Due | undefined {
  const { dueMs, missed } = mostRecent(timing, { withDeadline: true });
  return dueMs === undefined ? undefined : { atMs: dueMs, missedMany: missed > MANY };
}

/** Until the next one. Upstream: …#nextScheduleTimeDuration */
export function untilNext(timing: Timing): number {
  const { nowMs, schedule } = timing;
  const { earliestMs, dueMs, missed } = mostRecent(timing, { withDeadline: false });
  const fromMs = dueMs ?? (missed === 0 ? earliestMs : nowMs);
  return Math.max(0, (nextTime(schedule, fromMs) ?? nowMs) - nowMs) + DELTA_MS;
}

/** What becomes of a time that is due. */
type Decision = "start" | "too late" | "done already" | "another runs" | "replace";

/** Pure. Upstream: pkg/controller/cronjob/cronjob_controllerv2.go#syncCronJob */
export function decide({ cronJob, nowMs }: Pick<Timing, "cronJob" | "nowMs">, atMs: number): Decision {
  const { startingDeadlineSeconds = Infinity, concurrencyPolicy } = cronJob.spec;
  const { active = [], lastScheduleTime } = cronJob.status;
  if (atMs + startingDeadlineSeconds * 1000 < nowMs) return "too late";
  const isKnown = active.some(({ name }) => name === jobName(cronJob, atMs));
  if (isKnown || Date.parse(lastScheduleTime ?? "") === atMs) return "done already";
  if (active.length === 0) return "start";
  if (concurrencyPolicy === "Forbid") return "another runs";
  return concurrencyPolicy === "Replace" ? "replace" : "start";
}

/** The same for the same time, so that none is started twice. */
export function jobName({ metadata }: V1CronJob, atMs: number): string {
  return `${metadata.name}-${Math.floor(atMs / 60_000)}`;
}

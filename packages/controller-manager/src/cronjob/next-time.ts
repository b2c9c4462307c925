import type { Schedule } from "@dingi/api";

/** A schedule that comes to nothing within these years never does: 31 February. */
const YEARS = 5;
const SECOND_MS = 1000;

type Calendar = Extract<Schedule, { readonly type: "calendar" }>;

/** The first time behind another one; undefined when there is none. Upstream: github.com/robfig/cron/v3 spec.go#Next, constantdelay.go */
export function nextTime(schedule: Schedule, afterMs: number, timeZone = "UTC"): number | undefined {
  const fullSecond = Math.floor(afterMs / SECOND_MS) * SECOND_MS;
  if (schedule.type === "every") {
    return fullSecond + Math.max(SECOND_MS, Math.floor(schedule.intervalMs / SECOND_MS) * SECOND_MS);
  }
  const start = Temporal.Instant.fromEpochMilliseconds(fullSecond + SECOND_MS);
  return search(schedule, start.toZonedDateTimeISO(zoneOf(schedule.timeZone ?? timeZone)));
}

/** Wherever the controllers run: what says nothing of a zone means the same. */
export const zoneOf = (name: string): string => (name === "" || name === "Local" || name === "Factory" ? "UTC" : name);

function search(schedule: Calendar, start: Temporal.ZonedDateTime): number | undefined {
  let time = start;
  for (;;) {
    if (time.year > start.year + YEARS) return undefined;
    const later = behind(schedule, time);
    if (!later) return time.epochMilliseconds;
    time = later;
  }
}

/** Where to look on; undefined when the time is one of the schedule's. An hour that a clock shows twice is there twice. */
function behind(schedule: Calendar, time: Temporal.ZonedDateTime): Temporal.ZonedDateTime | undefined {
  const { month, hour, minute } = schedule;
  if (!month.values.has(time.month)) return startOf(time.toPlainDate().with({ day: 1 }).add({ months: 1 }), time);
  if (!matchesDay(schedule, time)) return startOf(time.toPlainDate().add({ days: 1 }), time);
  const { minute: minutes, second: seconds } = time;
  if (!hour.values.has(time.hour)) return time.subtract({ minutes, seconds }).add({ hours: 1 });
  return minute.values.has(time.minute) && time.second === 0
    ? undefined
    : time.subtract({ seconds }).add({ minutes: 1 });
}

const startOf = (date: Temporal.PlainDate, { timeZoneId }: Temporal.ZonedDateTime): Temporal.ZonedDateTime =>
  date.toZonedDateTime(timeZoneId);

/** When both kinds of days are restricted, either will do. */
function matchesDay({ dayOfMonth, dayOfWeek }: Calendar, time: Temporal.ZonedDateTime): boolean {
  const ofMonth = dayOfMonth.values.has(time.day);
  const ofWeek = dayOfWeek.values.has(time.dayOfWeek % 7);
  return dayOfMonth.isAny || dayOfWeek.isAny ? ofMonth && ofWeek : ofMonth || ofWeek;
}

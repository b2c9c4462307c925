import type { FunctionDecl } from "../../check/declaration.ts";
import { fn, member } from "../../check/declaration.ts";
import { DURATION, INT, STRING, TIMESTAMP } from "../../check/type.ts";
import { CelError } from "../../value/error.ts";
import { intOf } from "../../value/numbers.ts";
import type { CelDuration, CelTimestamp } from "../../value/time.ts";
import { dateAt, zoneOffset } from "../../value/time.ts";
import type { Value } from "../../value/value.ts";

type Field = (date: Date, timestamp: CelTimestamp) => number;

const DAY_MS = 86_400_000;
const milliseconds: Field = (_date, timestamp) => Math.floor(timestamp.nanosOfSecond / 1_000_000);

/** Function, overload, what it reads of the date in its zone. */
const FIELDS: readonly (readonly [string, string, Field])[] = [
  ["getFullYear", "year", (date) => date.getUTCFullYear()],
  ["getMonth", "month", (date) => date.getUTCMonth()],
  ["getDayOfYear", "day_of_year", dayOfYear],
  ["getDayOfMonth", "day_of_month", (date) => date.getUTCDate() - 1],
  ["getDate", "day_of_month_1_based", (date) => date.getUTCDate()],
  ["getDayOfWeek", "day_of_week", (date) => date.getUTCDay()],
  ["getHours", "hours", (date) => date.getUTCHours()],
  ["getMinutes", "minutes", (date) => date.getUTCMinutes()],
  ["getSeconds", "seconds", (date) => date.getUTCSeconds()],
  ["getMilliseconds", "milliseconds", milliseconds],
];

/** Of durations: the whole of it in a unit, but milliseconds only what is beyond whole seconds. */
const SPANS: Readonly<Record<string, (nanos: bigint) => bigint>> = {
  hours: (nanos) => nanos / 3_600_000_000_000n,
  minutes: (nanos) => nanos / 60_000_000_000n,
  seconds: (nanos) => nanos / 1_000_000_000n,
  milliseconds: (nanos) => nanos / 1_000_000n,
};

function dayOfYear(date: Date): number {
  const start = new Date(0);
  start.setUTCFullYear(date.getUTCFullYear(), 0, 1);
  return Math.floor((date.getTime() - start.getTime()) / DAY_MS);
}

export const TIME_FUNCTIONS: readonly FunctionDecl[] = FIELDS.map(([name, id, read]) => {
  const inZone = (timestamp: CelTimestamp, zone: string): Value => {
    const offset = zoneOffset(timestamp, zone);
    return offset instanceof CelError ? offset : read(dateAt(timestamp, offset), timestamp);
  };
  // One name breaks the row.
  const zoned = id === "seconds" ? "timestamp_to_seconds_tz" : `timestamp_to_${id}_with_tz`;
  const overloads = [
    member(`timestamp_to_${id}`, [TIMESTAMP], INT, (timestamp: CelTimestamp) => inZone(timestamp, "UTC")),
    member(zoned, [TIMESTAMP, STRING], INT, inZone),
  ];
  const span = SPANS[id];
  if (span)
    overloads.push(member(`duration_to_${id}`, [DURATION], INT, ({ nanos }: CelDuration) => intOf(span(nanos))));
  return fn(name, ...overloads);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSchedule } from "@dingi/api";
import { nextTime } from "./next-time.ts";

function next(schedule: string, after: string, zone?: string): string | undefined {
  const ms = nextTime(parseSchedule(schedule), Date.parse(after), zone);
  return ms === undefined ? undefined : new Date(ms).toISOString();
}

test("the next time is behind the one that is given", () => {
  const table: readonly (readonly [string, string, string])[] = [
    ["* * * * *", "2026-01-01T00:00:00Z", "2026-01-01T00:01:00.000Z"],
    ["* * * * *", "2026-01-01T00:00:59.900Z", "2026-01-01T00:01:00.000Z"],
    ["*/15 * * * *", "2026-01-01T00:15:00Z", "2026-01-01T00:30:00.000Z"],
    ["30 6-16/4 * * 1-5", "2026-01-02T15:00:00Z", "2026-01-05T06:30:00.000Z"],
    ["0 0 29 2 *", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00.000Z"],
    ["59 23 31 12 *", "2026-12-31T23:59:00Z", "2027-12-31T23:59:00.000Z"],
    ["@hourly", "2026-01-01T05:59:59Z", "2026-01-01T06:00:00.000Z"],
    ["0 0 * * 0", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00.000Z"],
    // Of two kinds of days that are both restricted, either will do.
    ["0 0 13 * 5", "2026-01-03T00:00:00Z", "2026-01-09T00:00:00.000Z"],
    ["0 0 13 * *", "2026-01-03T00:00:00Z", "2026-01-13T00:00:00.000Z"],
    ["@every 90s", "2026-01-01T00:00:10.700Z", "2026-01-01T00:01:40.000Z"],
    ["@every 1ms", "2026-01-01T00:00:10Z", "2026-01-01T00:00:11.000Z"],
  ];
  for (const [schedule, after, wanted] of table) assert.equal(next(schedule, after), wanted, schedule);
});

test("what never comes is none", () => {
  assert.equal(next("59 23 31 2 *", "2026-01-01T00:00:00Z"), undefined);
});

test("times are those of the zone, when clocks change too", () => {
  assert.equal(next("0 3 * * *", "2026-01-01T00:00:00Z", "Asia/Tokyo"), "2026-01-01T18:00:00.000Z");
  assert.equal(next("TZ=Asia/Tokyo 0 3 * * *", "2026-01-01T00:00:00Z"), "2026-01-01T18:00:00.000Z");
  assert.equal(next("0 3 * * *", "2026-01-01T00:00:00Z", ""), "2026-01-01T03:00:00.000Z");
  // On 29 March 2026 there is no 2:30 in Berlin, and on 25 October there are two.
  assert.equal(next("30 2 * * *", "2026-03-28T12:00:00Z", "Europe/Berlin"), "2026-03-30T00:30:00.000Z");
  assert.equal(next("30 2 * * *", "2026-10-24T12:00:00Z", "Europe/Berlin"), "2026-10-25T00:30:00.000Z");
  assert.equal(next("30 2 * * *", "2026-10-25T00:30:00Z", "Europe/Berlin"), "2026-10-25T01:30:00.000Z");
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSchedule, type V1CronJob } from "@dingi/api";
import { decide, dueTime, EmptyScheduleError, jobName, untilNext, type Timing } from "./plan.ts";

const CREATED = "2026-01-01T00:00:30Z";

function timing(
  schedule: string,
  now: string,
  { spec = {}, status = {} }: { spec?: object; status?: object } = {},
): Timing {
  const cronJob: V1CronJob = {
    metadata: { name: "cj", namespace: "ns", creationTimestamp: CREATED },
    spec: { schedule, jobTemplate: {}, ...spec },
    status,
  };
  return { cronJob, schedule: parseSchedule(schedule), nowMs: Date.parse(now) };
}
const due = (...given: Parameters<typeof timing>) => {
  const found = dueTime(timing(...given));
  return found && [new Date(found.atMs).toISOString(), found.missedMany];
};

test("the last time that has come is due, since the one before or since it was made", () => {
  assert.equal(due("* * * * *", "2026-01-01T00:00:59Z"), undefined);
  assert.deepEqual(due("* * * * *", "2026-01-01T00:01:00Z"), ["2026-01-01T00:01:00.000Z", false]);
  assert.deepEqual(due("* * * * *", "2026-01-01T00:04:10Z"), ["2026-01-01T00:04:00.000Z", false]);
  const done = { status: { lastScheduleTime: "2026-01-01T00:04:00Z" } };
  assert.equal(due("* * * * *", "2026-01-01T00:04:10Z", done), undefined);
  assert.deepEqual(due("0 6-16/4 * * 1-5", "2026-01-05T07:00:00Z"), ["2026-01-05T06:00:00.000Z", false]);
});

test("of very many that were missed the last is due, and that there were so many is told", () => {
  assert.deepEqual(due("* * * * *", "2026-01-01T01:40:30Z"), ["2026-01-01T01:40:00.000Z", false]);
  assert.deepEqual(due("* * * * *", "2026-01-01T01:41:30Z"), ["2026-01-01T01:41:00.000Z", true]);
  assert.deepEqual(due("* * * * *", "2036-01-01T00:00:30Z"), ["2036-01-01T00:00:00.000Z", true]);
  const deadline = { spec: { startingDeadlineSeconds: 600 } };
  assert.deepEqual(due("* * * * *", "2036-01-01T00:00:30Z", deadline), ["2036-01-01T00:00:00.000Z", false]);
});

test("a schedule that never comes is refused", () => {
  assert.throws(() => due("59 23 31 2 *", "2026-01-01T00:01:00Z"), EmptyScheduleError);
});

test("the controller comes back when the next one is due, and a moment later", () => {
  assert.equal(untilNext(timing("* * * * *", "2026-01-01T00:00:40Z")), 20_100);
  const status = { lastScheduleTime: "2026-01-01T00:04:00Z" };
  assert.equal(untilNext(timing("* * * * *", "2026-01-01T00:04:00Z", { status })), 60_100);
  assert.equal(untilNext(timing("@every 90s", "2026-01-01T00:04:30Z", { status })), 60_100);
});

test("whether a time that is due leads to a Job", () => {
  const at = Date.parse("2026-01-01T00:05:00Z");
  const decided = (spec: object, status: object, now = "2026-01-01T00:05:10Z") =>
    decide(timing("* * * * *", now, { spec, status }), at);
  const running = { active: [{ name: "cj-1", namespace: "ns" }] };
  assert.equal(decided({}, {}), "start");
  assert.equal(decided({ startingDeadlineSeconds: 10 }, {}), "start");
  assert.equal(decided({ startingDeadlineSeconds: 9 }, {}), "too late");
  assert.equal(decided({}, { lastScheduleTime: "2026-01-01T00:05:00Z" }), "done already");
  assert.equal(decided({}, { active: [{ name: `cj-${at / 60_000}`, namespace: "ns" }] }), "done already");
  assert.equal(decided({ concurrencyPolicy: "Allow" }, running), "start");
  assert.equal(decided({ concurrencyPolicy: "Forbid" }, running), "another runs");
  assert.equal(decided({ concurrencyPolicy: "Replace" }, running), "replace");
  assert.equal(decided({ concurrencyPolicy: "Forbid" }, {}), "start");
});

test("a Job is named after the minute that it is for", () => {
  const { cronJob } = timing("* * * * *", CREATED);
  assert.equal(jobName(cronJob, Date.parse("2026-01-01T00:05:00Z")), "cj-29453765");
});

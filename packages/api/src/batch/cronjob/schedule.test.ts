import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSchedule, ScheduleError, type Schedule } from "./schedule.ts";

const values = (schedule: Schedule): Record<string, string> => {
  assert.equal(schedule.type, "calendar");
  const { minute, hour, dayOfMonth, month, dayOfWeek } = schedule;
  const text = Object.entries({ minute, hour, dayOfMonth, month, dayOfWeek }).map(([field, set]) => [
    field,
    set.isAny ? "*" : [...set.values].sort((a, b) => a - b).join(),
  ]);
  return Object.fromEntries(text) as Record<string, string>;
};

for (const [text, expected] of [
  [
    "*/20 1-3 1,15 jan-MAR sun",
    { minute: "0,20,40", hour: "1,2,3", dayOfMonth: "1,15", month: "1,2,3", dayOfWeek: "0" },
  ],
  ["50/5 ? 31 12 5-6", { minute: "50,55", hour: "*", dayOfMonth: "31", month: "12", dayOfWeek: "5,6" }],
  ["0-10/4,3 */1 * * *", { minute: "0,3,4,8", hour: "*", dayOfMonth: "*", month: "*", dayOfWeek: "*" }],
  ["@weekly", { minute: "0", hour: "0", dayOfMonth: "*", month: "*", dayOfWeek: "0" }],
  ["@yearly", { minute: "0", hour: "0", dayOfMonth: "1", month: "1", dayOfWeek: "*" }],
] as const) {
  test(`"${text}" names these times`, () => assert.deepEqual(values(parseSchedule(text)), expected));
}

test("a step makes a choice of what would be any time", () => {
  const schedule = parseSchedule("*/2 * * * *");
  assert.ok(schedule.type === "calendar" && !schedule.minute.isAny && schedule.hour.isAny);
});

test("an interval is no calendar", () => {
  assert.deepEqual(parseSchedule("@every 1h30m"), { type: "every", intervalMs: 5_400_000 });
});

test("a zone stands before the times", () => {
  const schedule = parseSchedule("CRON_TZ=Asia/Tokyo 0 6 * * *");
  assert.ok(schedule.type === "calendar");
  assert.equal(schedule.timeZone, "Asia/Tokyo");
});

test("a number too long for any computer is out of range, and an endless list is read once", () => {
  assert.throws(() => parseSchedule(`${"9".repeat(100_000)} * * * *`), ScheduleError);
  const schedule = parseSchedule(`${"1,".repeat(500_000)}2 * * * *`);
  assert.ok(schedule.type === "calendar" && schedule.minute.values.size === 2);
});

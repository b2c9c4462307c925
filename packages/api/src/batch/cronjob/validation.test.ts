import assert from "node:assert/strict";
import { test } from "node:test";
import { fieldErrorText } from "@dingi/apimachinery";
import type { V1CronJob } from "./cronjob.gen.ts";
import { validateCronJobUpdate } from "./validation.ts";

const spec = { containers: [{ name: "c", image: "i" }], restartPolicy: "Never" };
const cronJob = (schedule: string, timeZone?: string): V1CronJob => ({
  metadata: { name: "c" },
  spec: {
    schedule,
    ...(timeZone === undefined ? {} : { timeZone }),
    concurrencyPolicy: "Allow",
    jobTemplate: { spec: { template: { spec } } },
  },
  status: {},
});
const scheduleErrors = (now: V1CronJob, old: V1CronJob): string[] =>
  validateCronJobUpdate(now, old)
    .map(fieldErrorText)
    .filter((text) => text.startsWith("spec.schedule"));

test("a zone in the schedule stays where it was written by an older server, but not beside a field of its own", () => {
  const old = cronJob("TZ=UTC * * * * *");
  assert.deepEqual(scheduleErrors(cronJob("TZ=Asia/Tokyo * * * * *"), old), []);
  assert.deepEqual(scheduleErrors(cronJob("TZ=UTC * * * * *", "UTC"), old), [
    'spec.schedule: Invalid value: "TZ=UTC * * * * *": cannot use both timeZone field and TZ or CRON_TZ in schedule',
  ]);
});

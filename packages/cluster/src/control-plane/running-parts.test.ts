import assert from "node:assert/strict";
import { test } from "node:test";
import { RunningParts } from "./running-parts.ts";

test("a part is well as long as it runs", async () => {
  const parts = new RunningParts();
  const check = parts.checkOf("scheduler");
  assert.deepEqual(await check(), { isHealthy: false, message: "scheduler is not running" });
  const run = Promise.withResolvers<void>();
  const tracked = parts.track("scheduler", run.promise);
  assert.deepEqual(await check(), { isHealthy: true, message: "ok" });
  run.reject(new Error("it fell"));
  await assert.rejects(tracked, /it fell/);
  assert.deepEqual(await check(), { isHealthy: false, message: "scheduler is not running" });
});

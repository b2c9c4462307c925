import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { systemClock, type Clock } from "@dingi/base";
import { endLeftParts, Parts } from "./parts.ts";

/** Time for whoever is asked to end, but not five seconds of the test's. */
const hasty: Clock = {
  now: () => systemClock.now(),
  monotonic: () => systemClock.monotonic() * 10,
  sleep: (ms, signal) => systemClock.sleep(ms, signal),
  timer: (ms, fn) => systemClock.timer(ms, fn),
  deadline: (ms) => systemClock.deadline(ms),
  yieldIfDue: () => systemClock.yieldIfDue(),
};
const skip = process.platform === "linux" ? false : "processes are told apart by /proc";

test("what a supervisor that was killed left is ended by the next one", { skip }, async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "dingi-parts-"));
  t.after(() => rm(directory, { recursive: true }));
  const path = join(directory, "run", "parts.json");
  const parts = new Parts(path);
  const child = spawn("sleep", ["60"]);
  const waiter = spawn("sleep", ["60"]);
  // It stands still, as what waits for a part that was stopped does.
  waiter.kill("SIGSTOP");
  const gone = once(child, "exit");
  const waiterGone = once(waiter, "exit");
  const part = { role: "control-plane" as const, node: "", pid: child.pid ?? 0, address: "" };
  parts.set(part);
  await parts.record(part, [part.pid, waiter.pid ?? 0]);
  assert.deepEqual(parts.all, [part]);

  await endLeftParts(path, hasty);
  assert.deepEqual(await gone, [null, "SIGTERM"]);
  assert.deepEqual(await waiterGone, [null, "SIGKILL"]);
  assert.deepEqual(await readdir(join(directory, "run")), []);
  await endLeftParts(path, systemClock);
});

test("another process that has the number of one that has ended is left alone", { skip }, async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "dingi-parts-"));
  t.after(() => rm(directory, { recursive: true }));
  const path = join(directory, "parts.json");
  await writeFile(path, JSON.stringify([{ pid: process.pid, startTime: 1, bootId: "another" }]));
  await endLeftParts(path, systemClock);
  assert.deepEqual(await readdir(directory), []);
});

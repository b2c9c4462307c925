import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { systemClock } from "@dingi/base";
import { childrenOf, identify, isAlive, isStopped, killProcess } from "./process-identity.ts";

const skip = process.platform === "linux" ? false : "processes are told apart by /proc";

test("what has ended and was not yet reaped does not live, although it takes signals", { skip }, async (t) => {
  // The shell becomes a program that never asks how its child ended.
  const parent = spawn("sh", ["-c", "true & exec sleep 60"]);
  t.after(() => parent.kill("SIGKILL"));
  await once(parent, "spawn");
  const stateOf = async (pid: number) => / ([A-Z]) /.exec(await readFile(`/proc/${pid}/stat`, "utf8"))?.[1];
  let remains: number | undefined;
  for (const end = systemClock.monotonic() + 20_000; systemClock.monotonic() < end; await systemClock.sleep(5)) {
    [remains] = await childrenOf(parent.pid!);
    if (remains !== undefined && (await stateOf(remains)) === "Z") break;
  }
  assert.ok(remains !== undefined);
  assert.equal(process.kill(remains, 0), true, "signal 0 does not tell");
  assert.equal(await identify(remains), undefined);
  const known = (await identify(process.pid))!;
  assert.equal(await isAlive({ ...known, pid: remains }), false);
});

test("a process that stands still is killed all the same", { skip }, async () => {
  const child = spawn("sleep", ["60"]);
  const gone = once(child, "exit");
  child.kill("SIGSTOP");
  await killProcess((await identify(child.pid!))!, systemClock);
  assert.deepEqual(await gone, [null, "SIGKILL"]);
});

test("a process that was stopped is told from one that runs, and from one that has ended", { skip }, async () => {
  const child = spawn("sleep", ["60"]);
  await once(child, "spawn");
  const identity = await identify(child.pid!);
  assert.equal(await isStopped(identity), false);
  child.kill("SIGSTOP");
  while (!(await isStopped(identity))) await systemClock.sleep(1);
  child.kill("SIGKILL");
  await once(child, "exit");
  assert.equal(await isStopped(identity), false);
  assert.equal(await isStopped(undefined), false);
});

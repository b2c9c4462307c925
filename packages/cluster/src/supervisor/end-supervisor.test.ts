import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { systemClock } from "@dingi/base";
import { identify } from "../machine/process-identity.ts";
import { callSupervisor, SupervisorSilentError } from "./control-socket.ts";
import { endBySupervisor, killSupervisor, recordedSupervisor, recordSupervisor } from "./end-supervisor.ts";

const skip = process.platform === "linux" ? false : "processes are told apart by /proc";

async function runDirectory(t: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), "dingi-end-"));
  t.after(() => rm(directory, { recursive: true }));
  return { socket: join(directory, "supervisor.sock"), supervisor: join(directory, "supervisor.json") };
}

test("a supervisor without a socket is found by its record, and killed", { skip }, async (t) => {
  const paths = await runDirectory(t);
  const child = spawn("sleep", ["60"]);
  const gone = once(child, "exit");
  child.kill("SIGSTOP");
  await writeFile(paths.supervisor, JSON.stringify(await identify(child.pid!)));
  assert.equal((await recordedSupervisor(paths.supervisor))?.pid, child.pid);
  assert.equal(await endBySupervisor(paths, { graceSeconds: 0, clock: systemClock }), undefined);
  assert.deepEqual(await gone, [null, "SIGKILL"]);
  assert.equal(await recordedSupervisor(paths.supervisor), undefined);
});

test("one that ends by itself in time is not killed", { skip }, async (t) => {
  const paths = await runDirectory(t);
  const child = spawn("sleep", ["0.05"]);
  const gone = once(child, "exit");
  await writeFile(paths.supervisor, JSON.stringify(await identify(child.pid!)));
  await killSupervisor(paths, { clock: systemClock, waitMs: 30_000 });
  assert.deepEqual(await gone, [0, null]);
});

test("a process records itself; without a record there is none", { skip }, async (t) => {
  const paths = await runDirectory(t);
  assert.equal(await recordedSupervisor(paths.supervisor), undefined);
  await recordSupervisor(paths.supervisor);
  assert.equal((await recordedSupervisor(paths.supervisor))?.pid, process.pid);
});

test("a record that was cut tells of nobody, and goes", { skip }, async (t) => {
  const paths = await runDirectory(t);
  for (const cut of ["", '{"pid":', "null"]) {
    await writeFile(paths.supervisor, cut);
    assert.equal(await recordedSupervisor(paths.supervisor), undefined);
    assert.equal(await endBySupervisor(paths, { graceSeconds: 0, clock: systemClock }), undefined);
    await assert.rejects(access(paths.supervisor), { code: "ENOENT" });
  }
});

test("who listens and does not answer is told from who is not there", { skip }, async (t) => {
  const paths = await runDirectory(t);
  assert.equal(await callSupervisor(paths.socket, "GET /status", 100), undefined);
  const server = createServer(() => {});
  await new Promise<void>((resolve) => server.listen(paths.socket, resolve));
  t.after(() => server.close());
  await assert.rejects(callSupervisor(paths.socket, "GET /status", 100), SupervisorSilentError);
});

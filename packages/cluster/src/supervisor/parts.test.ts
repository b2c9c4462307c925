import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { systemClock } from "@dingi/base";
import { endLeftParts, Parts } from "./parts.ts";

const skip = process.platform === "linux" ? false : "processes are told apart by /proc";

test("what a supervisor that was killed left is ended by the next one", { skip }, async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "dingi-parts-"));
  t.after(() => rm(directory, { recursive: true }));
  const path = join(directory, "run", "parts.json");
  const parts = new Parts(path);
  const child = spawn("sleep", ["60"]);
  const gone = once(child, "exit");
  const part = { role: "control-plane" as const, node: "", pid: child.pid ?? 0, address: "" };
  parts.set(part);
  await parts.record(part);
  assert.deepEqual(parts.all, [part]);

  await endLeftParts(path, systemClock);
  assert.deepEqual(await gone, [null, "SIGTERM"]);
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

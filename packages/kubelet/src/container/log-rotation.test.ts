import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import type { V1Pod } from "@dingi/api";
import type { ContainerRuntime } from "@dingi/cri";
import { FakeClock, silentLogger } from "@dingi/base";
import { SimulatedHost } from "../host/simulated/simulated-host.ts";
import { LogRotation, planFormer } from "./log-rotation.ts";

const DIRECTORY = "/var/log/pods/default_web_uid-1/main";
const LOG = `${DIRECTORY}/2.log`;

function setup(reopen: (path: string) => void = () => {}) {
  const clock = new FakeClock(Date.parse("2026-01-02T03:04:05Z"));
  const host = new SimulatedHost({ clock, name: "node" });
  const reopened: string[] = [];
  const runtime = {
    reopenContainerLog: (id: string) => {
      reopened.push(id);
      reopen(id);
      return host.writeFile(LOG, "");
    },
  };
  const cri = { runtime } as unknown as ContainerRuntime;
  const rotation = new LogRotation({ cri, host, clock, logger: silentLogger, maxBytes: 10, maxFiles: 3 });
  const containerStatuses = [
    { name: "main", containerID: "containerd://abc", restartCount: 2, state: { running: {} } },
    { name: "ended", containerID: "containerd://def", restartCount: 0, state: { terminated: {} } },
  ];
  const pod = {
    metadata: { namespace: "default", name: "web", uid: "uid-1" },
    status: { containerStatuses },
  } as unknown as V1Pod;
  const rotate = () => rotation.rotate([pod], new AbortController().signal);
  const files = async () => (await host.listDirectory(DIRECTORY)).toSorted();
  return { clock, host, reopened, rotate, files };
}

test("a log that is large enough is put aside by its time, and the runtime opens a new one", async () => {
  const { host, rotate, files, reopened } = setup();
  await host.writeFile(LOG, "012345678");
  await rotate();
  assert.deepEqual([await files(), reopened], [["2.log"], []], "not as large");
  await host.writeFile(LOG, "0123456789");
  await rotate();
  assert.deepEqual(await files(), ["2.log", "2.log.20260102-030405"]);
  assert.deepEqual(reopened, ["abc"]);
});

test("no more files stay than may, and other attempts' are left alone", async () => {
  const { clock, host, rotate, files } = setup();
  await host.writeFile(`${DIRECTORY}/1.log.20250101-000000`, "other");
  await host.writeFile(`${DIRECTORY}/2.log.notes`, "other");
  for (let round = 0; round < 4; round++) {
    await host.writeFile(LOG, "0123456789x");
    await rotate();
    await clock.advance(10_000);
  }
  assert.deepEqual(await files(), [
    "1.log.20250101-000000",
    "2.log",
    "2.log.20260102-030425.gz",
    "2.log.20260102-030435",
    "2.log.notes",
  ]);
});

test("all but the newest former log are compressed, and say the same", async () => {
  const { clock, host, rotate } = setup();
  for (const text of ["the first log", "the second log"]) {
    await host.writeFile(LOG, text);
    await rotate();
    await clock.advance(10_000);
  }
  const log = await host.openLog(`${DIRECTORY}/2.log.20260102-030405.gz`);
  const buffer = Buffer.alloc(100);
  const bytes = buffer.subarray(0, await log!.read(buffer, 0));
  assert.equal(gunzipSync(bytes).toString(), "the first log");
  assert.equal(await host.fileSize(`${DIRECTORY}/2.log.20260102-030415`), "the second log".length);
});

test("what a compression left that did not end is removed, and it begins anew", async () => {
  const { host, rotate, files } = setup();
  await host.writeFile(LOG, "0123456789");
  await host.writeFile(`${DIRECTORY}/2.log.20260102-030000`, "former");
  await host.writeFile(`${DIRECTORY}/2.log.20260102-030000.tmp`, "for");
  await rotate();
  assert.deepEqual(await files(), ["2.log", "2.log.20260102-030000.gz", "2.log.20260102-030405"]);
});

const PLANS: readonly (readonly [title: string, names: readonly string[], remove: string[], compress: string[]])[] = [
  ["nothing former", ["0.log"], [], []],
  ["other logs", ["0.log", "10.log.20260101-000000", "0.log.20260101-000000.bak", "0.log.old"], [], []],
  ["one former", ["0.log", "0.log.20260101-000000"], [], ["0.log.20260101-000000"]],
  ["one that is compressed already", ["0.log", "0.log.20260101-000000.gz"], [], []],
  [
    "one that is compressed and not removed yet",
    ["0.log.20260101-000000", "0.log.20260101-000000.gz"],
    ["0.log.20260101-000000"],
    [],
  ],
  [
    "more than may stay, in any order",
    ["0.log.20260103-000000", "0.log.20260101-000000.gz", "0.log.20260102-000000.gz", "0.log.20260104-000000.tmp"],
    ["0.log.20260104-000000.tmp", "0.log.20260101-000000.gz"],
    ["0.log.20260103-000000"],
  ],
];

for (const [title, names, remove, compress] of PLANS) {
  test(`of four files: ${title}`, () => assert.deepEqual(planFormer(names, "0.log", 4), { remove, compress }));
}

test("a log that the runtime does not reopen keeps its name", async () => {
  const { host, rotate, files } = setup(() => {
    throw new Error("The runtime is away");
  });
  await host.writeFile(LOG, "0123456789x");
  await rotate();
  assert.deepEqual(await files(), ["2.log"]);
  assert.equal(await host.fileSize(LOG), 11);
});

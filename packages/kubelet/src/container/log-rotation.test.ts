import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Pod } from "@dingi/api";
import type { ContainerRuntime } from "@dingi/cri";
import { FakeClock, silentLogger } from "@dingi/base";
import { SimulatedHost } from "../host/simulated/simulated-host.ts";
import { LogRotation } from "./log-rotation.ts";

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
  await host.writeFile(LOG, "0123456789");
  await rotate();
  assert.deepEqual([await files(), reopened], [["2.log"], []], "as large as it may be");
  await host.writeFile(LOG, "0123456789x");
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
    "2.log.20260102-030425",
    "2.log.20260102-030435",
    "2.log.notes",
  ]);
});

test("a log that the runtime does not reopen keeps its name", async () => {
  const { host, rotate, files } = setup(() => {
    throw new Error("The runtime is away");
  });
  await host.writeFile(LOG, "0123456789x");
  await rotate();
  assert.deepEqual(await files(), ["2.log"]);
  assert.equal(await host.fileSize(LOG), 11);
});

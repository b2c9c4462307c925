import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock, seededRandom, settle } from "@dingi/base";
import type { PodSandboxConfig } from "../pod-sandbox.ts";
import { simulateRuntime } from "./connect.ts";

function setup(podCidr = "10.244.0.0/16") {
  const clock = new FakeClock();
  const lines: string[] = [];
  const writeLog = (path: string, line: string) => void lines.push(`${path}: ${line}`);
  const { runtime, images } = simulateRuntime({ clock, random: seededRandom(1), podCidr, writeLog });
  let pods = 0;

  async function run(command: readonly string[], annotations: Record<string, string> = {}) {
    const name = `pod-${++pods}`;
    const sandboxConfig: PodSandboxConfig = {
      metadata: { name, uid: name, namespace: "default", attempt: 0 },
      hostname: name,
      logDirectory: `/var/log/pods/${name}`,
      annotations,
    };
    const podSandboxId = await runtime.runPodSandbox(sandboxConfig);
    const config = {
      metadata: { name: "main", attempt: 0 },
      image: { image: "busybox" },
      command,
      logPath: "main_0.log",
    };
    const id = await runtime.createContainer(podSandboxId, config, { sandboxConfig });
    await runtime.startContainer(id);
    await settle();
    return { id, podSandboxId };
  }

  const state = async (id: string) => {
    const { status } = await runtime.containerStatus(id);
    return status.state === "CONTAINER_EXITED" ? `exited ${status.exitCode}` : "running";
  };
  return { clock, runtime, images, lines, run, state };
}

test("`sleep N` exits after N seconds of the clock", async () => {
  const { clock, run, state } = setup();
  const { id } = await run(["sleep", "30"]);
  await clock.advance(29_999);
  assert.equal(await state(id), "running");
  await clock.advance(1);
  assert.equal(await state(id), "exited 0");
});

test("a sleep longer than any timer still sleeps", async () => {
  const { clock, run, state } = setup();
  const { id } = await run(["sleep", "1000000000"]);
  await clock.advance(30 * 86_400_000);
  assert.equal(await state(id), "running");
});

for (const [command, expected] of [
  [["false"], "exited 1"],
  [["sh", "-c", "exit 7"], "exited 7"],
  [["true"], "exited 0"],
  [["nginx", "-g", "daemon off;"], "running"],
  [[], "running"],
] as const) {
  test(`"${command.join(" ")}" is ${expected}`, async () => {
    const { run, state } = setup();
    assert.equal(await state((await run(command)).id), expected);
  });
}

test("annotations of the pod decide how long it runs and how it ends", async () => {
  const { clock, run, state } = setup();
  const { id } = await run(["nginx"], {
    "simulated.dingi.dev/runs-seconds": "10",
    "simulated.dingi.dev/exit-code": "2",
  });
  await clock.advance(9_000);
  assert.equal(await state(id), "running");
  await clock.advance(1_000);
  assert.equal(await state(id), "exited 2");
});

test("output is written in CRI's log format", async () => {
  const { clock, run, lines } = setup();
  await run(["sh", "-c", "echo hello; sleep 1; echo bye >&2"]);
  await clock.advance(1_000);
  assert.deepEqual(lines, [
    "/var/log/pods/pod-1/main_0.log: 2026-01-01T00:00:00.000Z stdout F hello\n",
    "/var/log/pods/pod-1/main_0.log: 2026-01-01T00:00:01.000Z stderr F bye\n",
  ]);
});

test("one that takes long to stop is killed when the grace period ends", async () => {
  const { clock, runtime, run, state } = setup();
  const slow = { "simulated.dingi.dev/stops-seconds": "20" };
  const [patient, hasty] = [await run(["nginx"], slow), await run(["nginx"], slow)];
  const stopped = Promise.all([runtime.stopContainer(patient.id, 30), runtime.stopContainer(hasty.id, 10)]);
  await clock.advance(10_000);
  assert.deepEqual([await state(patient.id), await state(hasty.id)], ["running", "exited 137"]);
  await clock.advance(10_000);
  await stopped;
  assert.equal(await state(patient.id), "exited 0");
});

test("addresses are used again only when the range has been gone through", async () => {
  const { runtime, run } = setup("10.0.0.0/29");
  const addresses: string[] = [];
  for (let i = 0; i < 6; i++) {
    const { podSandboxId } = await run(["nginx"]);
    addresses.push((await runtime.podSandboxStatus(podSandboxId)).status.network?.ip ?? "");
    await runtime.removePodSandbox(podSandboxId);
  }
  assert.deepEqual(addresses, ["10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5", "10.0.0.6", "10.0.0.2"]);
});

test("a full range refuses the next pod, and leaves its name free", async () => {
  const { runtime, run } = setup("10.0.0.0/29");
  const pods = [];
  for (let i = 0; i < 5; i++) pods.push(await run(["nginx"]));
  const config = { metadata: { name: "late", uid: "late", namespace: "default", attempt: 0 } };
  await assert.rejects(runtime.runPodSandbox(config), /No address is left in "10.0.0.0\/29"/);
  await runtime.removePodSandbox(pods[0]!.podSandboxId);
  await runtime.runPodSandbox(config);
});

test("thousands of pods cost neither timers nor much time", async () => {
  const { clock, runtime, run } = setup();
  for (let i = 0; i < 3000; i++) await run(["nginx"]);
  assert.equal(clock.pending, 0);
  assert.equal((await runtime.listContainers({ state: "CONTAINER_RUNNING" })).length, 3000);
});

test("processor use grows with the clock", async () => {
  const { clock, runtime, run } = setup();
  const { podSandboxId } = await run(["nginx"], { "simulated.dingi.dev/cpu-cores": "0.5" });
  await clock.advance(4_000);
  assert.equal((await runtime.podSandboxStats(podSandboxId)).linux?.cpu?.usageCoreNanoSeconds, 2e9);
});

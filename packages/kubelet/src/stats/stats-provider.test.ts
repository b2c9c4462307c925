import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock, seededRandom } from "@dingi/base";
import { simulateRuntime, SIMULATED_PREFIX } from "@dingi/cri";
import { SimulatedHost } from "../host/simulated/simulated-host.ts";
import { NanoCores } from "./nano-cores.ts";
import { StatsProvider } from "./stats-provider.ts";
import { summaryJson } from "./summary.ts";

const LABELS = {
  "io.kubernetes.pod.name": "web",
  "io.kubernetes.pod.namespace": "default",
  "io.kubernetes.pod.uid": "1",
};

/** A node with one pod, which takes half a processor. */
async function node() {
  const clock = new FakeClock();
  const cri = simulateRuntime({ clock, random: seededRandom(1), podCidr: "10.244.1.0/24" });
  const host = new SimulatedHost({ clock, name: "node" });
  const sandboxConfig = {
    metadata: { name: "web", namespace: "default", uid: "1", attempt: 0 },
    labels: LABELS,
    annotations: { [`${SIMULATED_PREFIX}cpu-cores`]: "0.5", [`${SIMULATED_PREFIX}memory-bytes`]: "1048576" },
  };
  await cri.images.pullImage({ image: "registry.example/web:1" });
  const sandbox = await cri.runtime.runPodSandbox(sandboxConfig);
  const run = async (name: string) => {
    const config = {
      metadata: { name, attempt: 0 },
      image: { image: "registry.example/web:1" },
      labels: { ...LABELS, "io.kubernetes.container.name": name },
    };
    const id = await cri.runtime.createContainer(sandbox, config, { sandboxConfig });
    await cri.runtime.startContainer(id);
    return id;
  };
  const stats = new StatsProvider({ cri, host, clock, nodeName: "node" });
  const { signal } = new AbortController();
  const read = async (isShort = false) => await stats.read({ isShort, signal });
  return { clock, cri, sandbox, run, read, [Symbol.asyncDispose]: () => cri[Symbol.asyncDispose]() };
}

test("what containers and pods use, in whole and now", async () => {
  await using one = await node();
  await one.run("main");
  await one.clock.advance(2000);
  const { pods } = await one.read(true);
  const nowMs = one.clock.now();
  const cpu = { timeMs: nowMs, usageNanoCores: 5e8, usageCoreNanoSeconds: 1e9 };
  assert.deepEqual(pods, [
    {
      podRef: { name: "web", namespace: "default", uid: "1" },
      startTimeMs: nowMs - 2000,
      containers: [
        {
          name: "main",
          startTimeMs: nowMs - 2000,
          cpu,
          memory: { timeMs: nowMs, workingSetBytes: 1_048_576, usageBytes: 1_048_576, rssBytes: 1_048_576 },
        },
      ],
      cpu,
      memory: { timeMs: nowMs, workingSetBytes: 1_048_576 },
    },
  ]);
});

test("what has ended is not measured", async () => {
  await using one = await node();
  await one.run("main");
  const ended = await one.run("ended");
  await one.cri.runtime.stopContainer(ended, 0);
  const names = async () => (await one.read()).pods.map(({ containers }) => containers.map(({ name }) => name));
  assert.deepEqual(await names(), [["main"]]);
  await one.cri.runtime.stopPodSandbox(one.sandbox);
  assert.deepEqual(await names(), []);
});

test("the summary tells times of whole seconds, and more than the short one", async () => {
  await using one = await node();
  await one.run("main");
  await one.clock.advance(250);
  const { node: whole, pods } = JSON.parse(summaryJson(await one.read())) as {
    node: { nodeName: string; startTime: string; fs: { time: string } };
    pods: { process_stats: object }[];
  };
  assert.deepEqual(
    [whole.nodeName, whole.startTime, whole.fs.time],
    ["node", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"],
  );
  assert.deepEqual(pods[0]?.process_stats, { process_count: 1 });
  const short = (await one.read(true)).node;
  assert.deepEqual([short.fs, short.runtime], [undefined, undefined]);
});

test("how much is used now is the difference of two samples", () => {
  const cores = new NanoCores();
  const at = (timeMs: number, coreNanoSeconds: number) => cores.of("a", { timeMs, coreNanoSeconds });
  assert.equal(at(0, 1e9), undefined);
  assert.equal(at(100, 2e9), undefined);
  assert.equal(at(2000, 2e9), 5e8);
  assert.equal(at(2100, 9e9), 5e8);
  // Started anew under the same name.
  assert.equal(at(4000, 0), undefined);
  assert.equal(at(6000, 2e9), 1e9);
});

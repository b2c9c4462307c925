import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { access, readdir, readFile, rm } from "node:fs/promises";
import { describe, test } from "node:test";
import { systemClock } from "@dingi/base";
import { connectContainerd } from "@dingi/cri";
import { run } from "../../../packages/cluster/src/machine/command.ts";
import { isAlive, killProcess } from "../../../packages/cluster/src/machine/process-identity.ts";
import { MachineFixture, skipWithoutRoot } from "./machine-fixture.ts";
import { answerOf, runPod } from "./pods.ts";

/** What is there before any test is the machine's. */
const STANDARD = [
  "/var/lib/kubelet",
  "/var/lib/containerd",
  "/var/lib/cni",
  "/var/log/pods",
  "/opt/cni",
  "/etc/cni",
].filter((path) => !existsSync(path));

/** All that a cluster left behind; other clusters of the machine are not looked at. */
async function tracesOf({ name, root, networks }: MachineFixture): Promise<readonly string[]> {
  const present = (path: string) =>
    access(path).then(
      () => [path],
      () => [],
    );
  const link = `dingi-${networks.fabric.split(".").slice(1, 3).join("-")}`;
  const linesOf = (text: string, ...words: readonly string[]) =>
    text.split("\n").filter((line) => words.some((word) => line.includes(word)));
  const [links, routes, mounts, rules, processes] = await Promise.all([
    run(["ip", "-brief", "link"]),
    run(["ip", "route"]),
    readFile("/proc/self/mounts", "utf8"),
    run(["nft", "list", "ruleset"]),
    run(["ps", "-eo", "args"]),
  ]);
  const isAlone = (await present("/run/dingi")).length === 0;
  const files = [
    ...(await readdir("/sys/fs/cgroup")).map((controller) => `/sys/fs/cgroup/${controller}/dingi/${name}`),
    `/run/dingi/${name}`,
    root,
    ...(isAlone ? STANDARD : []),
  ];
  return [
    ...linesOf(links, link),
    ...linesOf(routes, link),
    ...linesOf(mounts, root),
    ...linesOf(rules, "dingi"),
    ...linesOf(processes, root),
    ...(await Promise.all(files.map(present))).flat(),
  ];
}

async function withCluster(name: string, body: (fixture: MachineFixture) => Promise<void>): Promise<MachineFixture> {
  const fixture = await MachineFixture.open(name);
  try {
    await body(fixture);
  } finally {
    await fixture.close();
  }
  return fixture;
}

async function inCluster(name: string, body: (fixture: MachineFixture) => Promise<void>): Promise<void> {
  await withCluster(name, body);
}

async function serves(fixture: MachineFixture, name: string): Promise<void> {
  const node = `${fixture.name}-1`;
  await using runtime = connectContainerd({ socket: fixture.machine.containerdSocket(node), clock: systemClock });
  const pod = await runPod(fixture, runtime, { name, node });
  assert.match(await answerOf(`http://${pod.ip}:8080/`), new RegExp(`Hello from ${name}`));
}

describe("a machine heals", { skip: skipWithoutRoot(), concurrency: false }, () => {
  test("from nothing to a node that runs pods, in milliseconds; and back to nothing", async (t) => {
    const start = systemClock.monotonic();
    const closed = await withCluster("zero", async (fixture) => {
      await fixture.machine.ensureFabric({ subnet: fixture.networks.fabric });
      const fabricMs = systemClock.monotonic() - start;
      await fixture.addNode(1);
      const nodeMs = systemClock.monotonic() - start;
      await serves(fixture, "first");
      const podMs = systemClock.monotonic() - start;
      t.diagnostic(
        `fabric after ${fabricMs.toFixed(0)} ms, node with containerd and images after ${nodeMs.toFixed(0)} ms, pod served after ${podMs.toFixed(0)} ms`,
      );
      assert.ok((await tracesOf(fixture)).length > 10);
    });
    assert.deepEqual(await tracesOf(closed), []);
  });

  test("another supervisor adopts everything, pods included", () =>
    inCluster("adopt", async (fixture) => {
      await fixture.addNode(1);
      await serves(fixture, "kept");
      const state = structuredClone(fixture.machine.state);
      await fixture.reopen();
      await fixture.addNode(1);
      assert.deepEqual(fixture.machine.state, state);
    }));

  test("a node that was killed comes back with its images, its pods ended", () =>
    inCluster("node", async (fixture) => {
      const node = await fixture.addNode(1);
      await serves(fixture, "before");
      await killProcess(fixture.machine.state.nodes[node]!.init, systemClock);
      await fixture.addNode(1);
      await using runtime = connectContainerd({ socket: fixture.machine.containerdSocket(node), clock: systemClock });
      const [old] = await runtime.runtime.listPodSandbox();
      assert.equal(old?.state, "SANDBOX_NOTREADY");
      await runtime.runtime.removePodSandbox(old!.id);
      await serves(fixture, "after");
    }));

  test("a fabric that was killed is made anew under living pods", () =>
    inCluster("fabric", async (fixture) => {
      const node = await fixture.addNode(1);
      await using runtime = connectContainerd({ socket: fixture.machine.containerdSocket(node), clock: systemClock });
      const pod = await runPod(fixture, runtime, { name: "living", node });
      const { init } = fixture.machine.state.nodes[node]!;
      await killProcess(fixture.machine.state.fabric!.init, systemClock);
      await fixture.addNode(1);
      assert.equal(fixture.machine.state.nodes[node]!.init.pid, init.pid);
      assert.match(await answerOf(`http://${pod.ip}:8080/`), /Hello from living/);
    }));

  test("an egress that was killed is made anew", () =>
    inCluster("egress", async (fixture) => {
      const { egress } = await fixture.machine.ensureFabric({ subnet: fixture.networks.fabric });
      await killProcess(egress!, systemClock);
      const mended = await fixture.machine.ensureFabric({ subnet: fixture.networks.fabric });
      assert.equal(await isAlive(mended.egress), true);
    }));

  test("after what a reboot does, the node is back with its images", () =>
    inCluster("reboot", async (fixture) => {
      const node = await fixture.addNode(1);
      await serves(fixture, "before");
      const { fabric, nodes } = fixture.machine.state;
      await killProcess(nodes[node]!.init, systemClock);
      await killProcess(fabric!.init, systemClock);
      await rm(fixture.runDirectory, { recursive: true });
      await fixture.reopen();
      await fixture.addNode(1);
      await serves(fixture, "after");
    }));

  test("without its records, it still finds and ends all that is its own", async () => {
    const closed = await withCluster("lost", async (fixture) => {
      await fixture.addNode(1);
      await serves(fixture, "forgotten");
      await rm(fixture.runDirectory, { recursive: true });
      await fixture.reopen();
    });
    assert.deepEqual(await tracesOf(closed), []);
  });

  test("a network that another cluster has is not taken from it", () =>
    inCluster("first", async (first) => {
      await first.addNode(1);
      await inCluster("second", async (second) => {
        await second.machine.stop();
        await second.reopen();
        const taken = second.machine.ensureFabric({ subnet: first.networks.fabric });
        await assert.rejects(taken, /another cluster of this machine uses/);
      });
      await serves(first, "unharmed");
    }));

  test("half a start is completed", () =>
    inCluster("half", async (fixture) => {
      const stop = new AbortController();
      await fixture.machine.stop();
      await fixture.reopen();
      const started = fixture.machine.ensureFabric({ subnet: fixture.networks.fabric, signal: stop.signal });
      setTimeout(() => stop.abort(), 30);
      await started.catch(() => {});
      await fixture.reopen();
      await fixture.addNode(1);
      await serves(fixture, "whole");
    }));
});

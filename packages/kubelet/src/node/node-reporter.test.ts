import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock, seededRandom, silentLogger } from "@dingi/base";
import type { V1Node, V1NodeStatus } from "@dingi/api";
import { newAlreadyExists, type KindDefinition } from "@dingi/apimachinery";
import type { Client } from "@dingi/client";
import { simulateRuntime, type CallOptions } from "@dingi/cri";
import { SimulatedHost } from "../host/simulated/simulated-host.ts";
import { NodeReporter } from "./node-reporter.ts";

const SETTINGS = {
  name: "n1",
  internalIp: "198.18.0.11",
  kubeletPort: 10250,
  maxPods: 110,
  kubeletVersion: "v1.37.1",
  labels: { team: "blue" },
  taints: [],
};

interface Patch {
  readonly metadata?: object;
  readonly status?: object;
}

/** What the kubelet changes of a Node that somebody else has made. */
async function patchesOf(existing: Pick<V1Node["metadata"], "labels" | "annotations">): Promise<readonly Patch[]> {
  const [clock, random] = [new FakeClock(), seededRandom(1)];
  const node = { metadata: { name: "n1", ...existing }, spec: {}, status: {} } as V1Node;
  const patches: Patch[] = [];
  const client = {
    create: async () => {
      throw newAlreadyExists({ group: "", resource: "nodes" }, "n1");
    },
    get: async () => node,
    patch: async (_kind: KindDefinition, _key: object, patch: Patch) => {
      patches.push(patch);
      return node;
    },
  } as unknown as Client;
  const cri = simulateRuntime({ clock, random, podCidr: "10.0.0.0/24", writeLog: () => {} });
  const host = new SimulatedHost({ clock, name: "n1", fsBytes: 1024 ** 3, readLog: () => undefined });
  const common = { client, cri, host, clock, random, logger: silentLogger };
  await new NodeReporter({ ...common, settings: SETTINGS }).report(new AbortController().signal);
  return patches;
}

const DEFAULTS = {
  "kubernetes.io/hostname": "n1",
  "kubernetes.io/os": "linux",
  "kubernetes.io/arch": "amd64",
  "beta.kubernetes.io/os": "linux",
  "beta.kubernetes.io/arch": "amd64",
};
const ATTACHES = { "volumes.kubernetes.io/controller-managed-attach-detach": "true" };

test("a node that was there is given the labels that others rely on, and no others", async () => {
  const [first, second] = await patchesOf({ labels: { "kubernetes.io/hostname": "old", own: "stays" } });
  assert.deepEqual(first, { metadata: { labels: DEFAULTS, annotations: ATTACHES } });
  assert.deepEqual(Object.keys(second ?? {}), ["status"]);
});

test("a node that has them all is left alone but for its status", async () => {
  const patches = await patchesOf({ labels: DEFAULTS, annotations: ATTACHES });
  assert.deepEqual(
    patches.flatMap((patch) => Object.keys(patch)),
    ["status"],
  );
});

/** A reporter whose every request ends as `answer` says; the times of requests by kind. */
async function requestsOf(answer: (signal?: AbortSignal) => Promise<unknown>, forMs: number) {
  const [clock, random] = [new FakeClock(0), seededRandom(1)];
  const times: Record<string, number[]> = { Node: [], Lease: [] };
  const ask = (kind: KindDefinition, options?: { readonly signal?: AbortSignal }) => {
    times[kind.kind]!.push(clock.now());
    return answer(options?.signal);
  };
  const client = {
    create: (kind: KindDefinition, _object: object, options?: object) => ask(kind, options),
    get: (kind: KindDefinition, _key: object, options?: object) => ask(kind, options),
  } as unknown as Client;
  const cri = simulateRuntime({ clock, random, podCidr: "10.0.0.0/24", writeLog: () => {} });
  const host = new SimulatedHost({ clock, name: "n1", fsBytes: 1024 ** 3, readLog: () => undefined });
  const stop = new AbortController();
  const logger = silentLogger;
  const reporter = new NodeReporter({ client, cri, host, clock, random, logger, settings: SETTINGS });
  const running = reporter.run(stop.signal);
  await clock.advance(forMs);
  stop.abort(new Error("stop"));
  await running;
  return times;
}

test("a server that fails is asked seldom, and often enough for the lease", async () => {
  const times = await requestsOf(() => Promise.reject(new Error("connect ECONNREFUSED")), 600_000);
  for (const kind of ["Node", "Lease"]) {
    const asked = times[kind]!;
    assert.ok(asked.length < 100, `${kind}: ${asked.length} times in ten minutes`);
    const gaps = asked.slice(1).map((time, index) => time - asked[index]!);
    assert.ok(Math.max(...gaps) < 20_000, `${kind}: ${Math.max(...gaps)} ms`);
  }
});

test("a request that is never answered is given up, and made anew", async () => {
  const never = (signal?: AbortSignal) =>
    new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason), { once: true }));
  const times = await requestsOf(never, 120_000);
  for (const kind of ["Node", "Lease"]) assert.ok(times[kind]!.length >= 5, `${kind}: ${times[kind]!.length} times`);
});

test("a runtime that hangs makes the node unready, and one that answers again makes it ready", async () => {
  const [clock, random] = [new FakeClock(0), seededRandom(1)];
  const ready: string[] = [];
  const client = {
    create: (_kind: KindDefinition, object: object) => Promise.resolve({ status: {}, ...object }),
    get: (_kind: KindDefinition, _key: object) => Promise.resolve({ metadata: {}, spec: {} }),
    update: (_kind: KindDefinition, object: object) => Promise.resolve(object),
    patch: (...sent: readonly [KindDefinition, object, { status: V1NodeStatus }, CallOptions]) => {
      const [, , { status }, options] = sent;
      options.signal?.throwIfAborted();
      const condition = status.conditions?.find(({ type }) => type === "Ready");
      ready.push(`${condition?.status}: ${condition?.message}`);
      return Promise.resolve({ metadata: {}, spec: {}, status });
    },
  } as unknown as Client;
  const cri = simulateRuntime({ clock, random, podCidr: "10.0.0.0/24", writeLog: () => {} });
  const answering = cri.runtime.status.bind(cri.runtime);
  const host = new SimulatedHost({ clock, name: "n1", fsBytes: 1024 ** 3, readLog: () => undefined });
  const stop = new AbortController();
  const logger = silentLogger;
  const running = new NodeReporter({ client, cri, host, clock, random, logger, settings: SETTINGS }).run(stop.signal);
  await clock.advance(1000);
  cri.runtime.status = ({ signal } = {}) =>
    new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason), { once: true }));
  await clock.advance(45_000);
  cri.runtime.status = answering;
  await clock.advance(45_000);
  stop.abort(new Error("stop"));
  await running;
  assert.deepEqual(ready, [
    "True: kubelet is posting ready status",
    "False: container runtime status check may not have completed yet",
    "True: kubelet is posting ready status",
  ]);
});

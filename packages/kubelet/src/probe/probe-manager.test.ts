import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContainerStatus } from "@dingi/cri";
import type { V1Container, V1Pod, V1Probe } from "@dingi/api";
import { FakeClock, seededRandom, settle } from "@dingi/base";
import { ProbeManager } from "./probe-manager.ts";
import type { Prober } from "./prober.ts";

const SECOND = 1_000;

function setup(probes: Pick<V1Container, "livenessProbe" | "readinessProbe" | "startupProbe">, known?: object) {
  const clock = new FakeClock();
  const state = { healthy: true, unaskable: false, asked: [] as V1Probe[], changes: 0, failures: 0 };
  const prober = {
    probe: (probe: V1Probe) => {
      state.asked.push(probe);
      const verdict = state.unaskable ? "error" : state.healthy ? "success" : "failure";
      return Promise.resolve({ verdict, output: "" });
    },
  } as unknown as Prober;
  const manager = new ProbeManager({
    prober,
    clock,
    random: { ...seededRandom(1), float: () => 0 } as never,
    onChange: () => state.changes++,
    onTrouble: () => state.failures++,
  });
  const container = { name: "main", ...probes } as V1Container;
  const status = { id: "c1", startedAtMs: clock.now() } as ContainerStatus;
  const pod = {
    metadata: { uid: "p1" },
    spec: { containers: [container] },
    status: known ? { containerStatuses: [{ name: "main", containerID: "containerd://c1", ...known }] } : {},
  } as unknown as V1Pod;
  const observe = () => manager.observe(pod, container, status, "10.0.0.1");
  const pass = async (seconds: number) => {
    for (let i = 0; i < seconds; i++) await clock.advance(SECOND);
  };
  return {
    manager,
    state,
    pass,
    observe,
    start: async () => {
      observe();
      await clock.advance(0);
      await settle();
    },
    ready: () => manager.ready(container, status),
    started: () => manager.started(container, status),
  };
}

const probe = (more: Partial<V1Probe> = {}): V1Probe => ({ exec: { command: ["true"] }, periodSeconds: 1, ...more });

test("a container without probes is ready; one with a readiness probe once that has succeeded", async () => {
  assert.equal(setup({}).ready(), true);
  const { ready, start, state } = setup({ readinessProbe: probe() });
  assert.equal(ready(), false);
  await start();
  assert.deepEqual([ready(), state.changes], [true, 1]);
});

test("verdicts change at their thresholds, and a success in between starts the count anew", async () => {
  const { manager, state, start, pass } = setup({ livenessProbe: probe({ failureThreshold: 3 }) });
  const alive = () => manager.verdict("c1", "liveness");
  await start();
  assert.equal(alive(), true);
  state.healthy = false;
  await pass(2);
  state.healthy = true;
  await pass(1);
  state.healthy = false;
  await pass(2);
  assert.deepEqual([alive(), state.failures], [true, 4]);
  await pass(1);
  assert.deepEqual([alive(), state.failures], [false, 5]);
  await pass(5);
  assert.equal(state.failures, 5, "what is to be killed is left alone");
});

test("what cannot be asked counts neither for the container nor against it", async () => {
  const { manager, state, start, pass } = setup({ livenessProbe: probe({ failureThreshold: 3 }) });
  await start();
  state.unaskable = true;
  await pass(10);
  assert.deepEqual([manager.verdict("c1", "liveness"), state.failures], [true, 10]);
  state.unaskable = false;
  state.healthy = false;
  await pass(2);
  state.unaskable = true;
  await pass(5);
  assert.equal(manager.verdict("c1", "liveness"), true);
  state.unaskable = false;
  await pass(1);
  assert.equal(manager.verdict("c1", "liveness"), false);
});

test("a container whose startup probe has failed for good is not asked until it is another", async () => {
  const { manager, state, start, pass } = setup({ startupProbe: probe({ failureThreshold: 2 }) });
  state.healthy = false;
  await start();
  await pass(5);
  assert.deepEqual([manager.verdict("c1", "startup"), state.asked.length], [false, 2]);
});

test("of a pod that ends only its readiness is asked", async () => {
  const readinessProbe = probe();
  const { manager, state, start, pass } = setup({ livenessProbe: probe({ failureThreshold: 1 }), readinessProbe });
  await start();
  state.healthy = false;
  manager.terminating("another");
  manager.terminating("p1");
  state.asked.length = 0;
  await pass(3);
  assert.ok(state.asked.length > 0 && state.asked.every((asked) => asked === readinessProbe));
  assert.equal(manager.verdict("c1", "liveness"), true);
});

test("readiness comes back after as many successes as asked for", async () => {
  const { ready, state, start, pass } = setup({ readinessProbe: probe({ failureThreshold: 1, successThreshold: 2 }) });
  await start();
  assert.equal(ready(), false, "one success of two");
  await pass(1);
  assert.equal(ready(), true);
  state.healthy = false;
  await pass(1);
  assert.equal(ready(), false);
  state.healthy = true;
  await pass(1);
  assert.equal(ready(), false);
  await pass(1);
  assert.equal(ready(), true);
});

test("the first probe waits as long as it should, and each period is one probe", async () => {
  const { state, start, pass } = setup({ livenessProbe: probe({ initialDelaySeconds: 5, periodSeconds: 10 }) });
  await start();
  await pass(4);
  assert.equal(state.asked.length, 0);
  await pass(1);
  assert.equal(state.asked.length, 1);
  await pass(20);
  assert.equal(state.asked.length, 3);
});

test("until the startup probe succeeds, the others are not asked, and after that it is not", async () => {
  const startupProbe = probe({ failureThreshold: 30 });
  const livenessProbe = probe();
  const { state, started, ready, start, pass } = setup({ startupProbe, livenessProbe });
  state.healthy = false;
  await start();
  await pass(3);
  assert.deepEqual([started(), ready()], [false, false]);
  assert.ok(state.asked.every((asked) => asked === startupProbe));
  state.healthy = true;
  await pass(3);
  assert.deepEqual([started(), ready()], [true, true]);
  state.asked.length = 0;
  await pass(3);
  assert.ok(state.asked.length > 0 && state.asked.every((asked) => asked === livenessProbe));
});

test("after a restart of the kubelet, what was ready stays so until its probe says otherwise", async () => {
  const { ready, state, start, pass } = setup(
    { readinessProbe: probe({ initialDelaySeconds: 1, failureThreshold: 2 }), startupProbe: probe() },
    { ready: true, started: true },
  );
  await start();
  assert.equal(ready(), true);
  state.healthy = false;
  await pass(1);
  assert.deepEqual([ready(), state.failures], [true, 1]);
  await pass(1);
  assert.equal(ready(), false);
});

test("what does not run any more is not asked any more", async () => {
  const { manager, state, observe, start, pass } = setup({ livenessProbe: probe() });
  await start();
  observe();
  await pass(2);
  assert.equal(state.asked.length, 3, "observed twice, asked by one");
  manager.retain("another", new Set());
  await pass(1);
  assert.equal(state.asked.length, 4);
  manager.retain("p1", new Set());
  await pass(5);
  assert.equal(state.asked.length, 4);
  assert.equal(manager.verdict("c1", "liveness"), undefined);
});

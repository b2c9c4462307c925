import assert from "node:assert/strict";
import { test } from "node:test";
import { RuntimeError, type ExecSyncResult } from "@dingi/cri";
import { containerOf, PodScenario } from "./pod-scenario.ts";

const SECRET = "hunter2";

const leak = (): Promise<ExecSyncResult> =>
  Promise.resolve({ exitCode: 3, stdout: Buffer.from(`token ${SECRET}`), stderr: Buffer.from("denied") });

const exec = (...command: string[]) => ({ exec: { command } });

test("what a failed postStart hook printed stands in the status, never in an event", async () => {
  const lifecycle = { postStart: exec("set", "up") };
  await using scenario = new PodScenario({
    spec: { containers: [containerOf({ lifecycle })], restartPolicy: "Never" },
    runtime: { execSync: leak, stopContainer: async (stop, id) => await stop(id, 0) },
  });
  await scenario.pass(0);
  assert.deepEqual(scenario.eventsOf("FailedPostStartHook"), [
    "Warning FailedPostStartHook main: PostStartHook failed",
  ]);
  assert.deepEqual(scenario.eventsOf("Killing"), ["Normal Killing main: FailedPostStartHook"]);
  assert.deepEqual(scenario.eventsOf("Failed"), []);
  assert.ok(
    scenario.events.every((event) => !event.includes(SECRET)),
    scenario.events.join("\n"),
  );
});

test("why a postStart hook failed is told as upstream tells it", async () => {
  const lifecycle = { postStart: exec("set", "up") };
  await using scenario = new PodScenario({
    spec: { containers: [containerOf({ lifecycle })] },
    runtime: { execSync: leak },
  });
  await scenario.pass(1);
  assert.deepEqual(scenario.waits()[0], {
    reason: "PostStartHookError",
    message: `Exec lifecycle hook ([set up]) for Container "main" in Pod "web_default(uid)" failed - error: command 'set up' exited with 3: denied, message: "token ${SECRET}denied"`,
  });
});

test("a postStart hook that sleeps is waited for", async () => {
  const lifecycle = { postStart: { sleep: { seconds: 5 } } };
  await using scenario = new PodScenario({ spec: { containers: [containerOf({ lifecycle })] } });
  await scenario.pass(4);
  assert.deepEqual(scenario.written, [], "the round that started it goes on");
  await scenario.pass(2);
  assert.notEqual(scenario.container().state?.running, undefined);
});

test("a preStop hook that fails or cannot be run is told of, and the container is stopped all the same", async () => {
  for (const execSync of [leak, () => Promise.reject(new RuntimeError("Unknown", `no ${SECRET}`))]) {
    await using scenario = new PodScenario({
      spec: { containers: [containerOf({ lifecycle: { preStop: exec("drain") } })] },
      runtime: { execSync },
    });
    await scenario.pass(1);
    scenario.delete();
    await scenario.pass(1);
    assert.deepEqual(scenario.eventsOf("FailedPreStopHook"), ["Warning FailedPreStopHook main: PreStopHook failed"]);
    assert.equal(scenario.count("stopContainer"), 1);
    assert.ok(scenario.events.every((event) => !event.includes(SECRET)));
  }
});

test("a preStop hook has the pod's grace and no more, and its time counts", async () => {
  const graces: number[] = [];
  await using scenario = new PodScenario({
    spec: { containers: [containerOf({ lifecycle: { preStop: { sleep: { seconds: 100 } } } })] },
    runtime: {
      stopContainer: async (stop, id, graceSeconds) => {
        graces.push(graceSeconds);
        await stop(id, graceSeconds);
      },
    },
  });
  await scenario.pass(1);
  scenario.delete(20);
  await scenario.pass(19);
  assert.deepEqual(graces, []);
  await scenario.pass(2);
  assert.deepEqual(graces, [2], "there is always a moment to end by itself");
});

test("sidecars end after the others, within the same grace", async () => {
  const stops: [name: string, second: number, grace: number][] = [];
  const started = { ms: 0 };
  const sidecar = (name: string) => containerOf({ name, restartPolicy: "Always" });
  await using scenario = new PodScenario({
    spec: { initContainers: [sidecar("one"), sidecar("two")], containers: [containerOf()] },
    runtime: {
      stopContainer: async (stop, id, graceSeconds) => {
        const { status } = await scenario.cri.runtime.containerStatus(id);
        stops.push([status.metadata.name, (scenario.clock.now() - started.ms) / 1000, graceSeconds]);
        // It takes all of its grace to end.
        await scenario.clock.sleep((graceSeconds - 1) * 1000);
        await stop(id, 0);
      },
    },
  });
  await scenario.pass(1);
  started.ms = scenario.clock.now();
  scenario.delete(10);
  await scenario.pass(30);
  assert.deepEqual(stops, [
    ["main", 0, 10],
    ["two", 9, 2],
    ["one", 10, 2],
  ]);
});

test("a probe's own grace is what the container it kills is given", async () => {
  const graces: number[] = [];
  const livenessProbe = { ...exec("false"), periodSeconds: 1, failureThreshold: 1, terminationGracePeriodSeconds: 7 };
  await using scenario = new PodScenario({
    spec: { containers: [containerOf({ livenessProbe })] },
    runtime: {
      stopContainer: async (stop, id, graceSeconds) => {
        graces.push(graceSeconds);
        await stop(id, graceSeconds);
      },
    },
  });
  await scenario.pass(3);
  assert.equal(graces[0], 7);
  assert.equal(
    scenario.eventsOf("Killing")[0],
    "Normal Killing main: Container main failed liveness probe, will be restarted",
  );
});

test("a liveness probe that cannot be run kills nobody", async () => {
  const livenessProbe = { ...exec("missing"), periodSeconds: 1, failureThreshold: 1 };
  await using scenario = new PodScenario({
    spec: { containers: [containerOf({ livenessProbe })] },
    runtime: { execSync: () => Promise.reject(new RuntimeError("Unknown", "no such program")) },
  });
  await scenario.pass(30);
  assert.deepEqual(scenario.eventsOf("Killing"), []);
  assert.equal(scenario.container().restartCount, 0);
  assert.equal(
    scenario.eventsOf("Unhealthy")[0],
    "Warning Unhealthy main: Liveness probe errored and resulted in unknown state: rpc error: code = Unknown desc = no such program",
  );
});

test("a pod that ends is not asked any more whether it lives", async () => {
  let alive = true;
  const lifecycle = { preStop: { sleep: { seconds: 10 } } };
  await using scenario = new PodScenario({
    spec: { containers: [containerOf({ lifecycle, livenessProbe: { ...exec("alive"), periodSeconds: 1 } })] },
    runtime: {
      execSync: () => Promise.resolve({ exitCode: alive ? 0 : 1, stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) }),
    },
  });
  await scenario.pass(3);
  alive = false;
  scenario.delete();
  await scenario.pass(8);
  assert.deepEqual(scenario.eventsOf("Unhealthy"), []);
});

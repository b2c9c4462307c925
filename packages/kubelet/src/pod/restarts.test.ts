import assert from "node:assert/strict";
import { test } from "node:test";
import { RuntimeError } from "@dingi/cri";
import { containerOf, PodScenario } from "./pod-scenario.ts";

/** Seconds at which the runtime was called, from the first call on. */
async function timesOf(scenario: PodScenario, call: "createContainer" | "startContainer", seconds: number) {
  const startedMs = scenario.clock.now();
  const times: number[] = [];
  for (let second = 0; second <= seconds; second++) {
    await scenario.pass(second === 0 ? 0 : 1);
    for (let more = scenario.count(call) - times.length; more > 0; more--) {
      times.push((scenario.clock.now() - startedMs) / 1000);
    }
  }
  return times;
}

const gapsOf = (times: readonly number[]) => times.slice(1).map((time, index) => time - times[index]!);

test("a container that exits is started again at once, then after 10 s, 20 s, 40 s … 5 min", async () => {
  await using scenario = new PodScenario({ spec: { containers: [containerOf({ command: ["false"] })] } });
  const gaps = gapsOf(await timesOf(scenario, "startContainer", 1000));
  assert.deepEqual(gaps, [0, 10, 20, 40, 80, 160, 300, 300]);
  assert.deepEqual(scenario.container().state?.waiting, {
    reason: "CrashLoopBackOff",
    message: "back-off 5m0s restarting failed container=main pod=web_default(uid)",
  });
});

test("a container that cannot be started is backed off as one that exits", async () => {
  await using scenario = new PodScenario({
    spec: { containers: [containerOf()] },
    runtime: {
      // As a runtime does with a program that does not exist: the container has ended before it ran.
      startContainer: async (_start, id) => {
        await scenario.cri.runtime.stopContainer(id, 0);
        throw new RuntimeError("Unknown", "exec: no such file or directory");
      },
    },
  });
  const gaps = gapsOf(await timesOf(scenario, "startContainer", 120));
  assert.deepEqual(gaps, [0, 10, 20, 40]);
  assert.equal(scenario.container().restartCount, 4);
  assert.equal(scenario.container().state?.waiting?.reason, "CrashLoopBackOff");
});

test("a container whose postStart hook fails is backed off as one that exits", async () => {
  const lifecycle = { postStart: { exec: { command: ["false"] } } };
  await using scenario = new PodScenario({ spec: { containers: [containerOf({ lifecycle })] } });
  const times = await timesOf(scenario, "startContainer", 120);
  assert.equal(times.length, 5);
  assert.deepEqual(
    gapsOf(times).map((gap) => Math.round(gap / 5) * 5),
    [0, 10, 20, 40],
  );
});

test("a container that its liveness probe kills again and again is backed off", async () => {
  const livenessProbe = { exec: { command: ["false"] }, periodSeconds: 1, failureThreshold: 1 };
  await using scenario = new PodScenario({ spec: { containers: [containerOf({ livenessProbe })] } });
  const gaps = gapsOf(await timesOf(scenario, "startContainer", 300));
  // The first kill finds no container before it, the second begins to count, and from the third on there is a wait.
  assert.deepEqual(gaps, [1, 0, 10, 20, 40, 80]);
  assert.equal(scenario.container().state?.waiting?.reason, "CrashLoopBackOff");
  assert.ok(scenario.eventsOf("BackOff").length > 0);
});

test("a container that its startup probe kills again and again is backed off", async () => {
  const startupProbe = { exec: { command: ["false"] }, periodSeconds: 1, failureThreshold: 1 };
  await using scenario = new PodScenario({ spec: { containers: [containerOf({ startupProbe })] } });
  const times = await timesOf(scenario, "startContainer", 300);
  assert.ok(times.length <= 8, `started ${times.length} times in five minutes: ${times.join(", ")}`);
});

test("a container that cannot be created is tried every 10 to 15 s, though each error reads another way", async () => {
  let tries = 0;
  const createContainer = () => Promise.reject(new RuntimeError("Unknown", `mount ${tries++}: not permitted`));
  await using scenario = new PodScenario({ spec: { containers: [containerOf()] }, runtime: { createContainer } });
  const times = await timesOf(scenario, "createContainer", 60);
  assert.ok(times.length >= 4 && times.length <= 7, `created at ${times.join(", ")}`);
  for (const gap of gapsOf(times)) assert.ok(gap >= 10 && gap <= 15, `${gap} s after the one before`);
  assert.equal(scenario.container().state?.waiting?.reason, "CreateContainerError");
  assert.equal(scenario.eventsOf("Failed").length, times.length);
});

test("ten minutes of running make good what was before, and less do not", async () => {
  for (const [seconds, expected] of [
    [601, [601, 601, 601]],
    [590, [590, 600, 610]],
  ] as const) {
    const command = ["sh", "-c", `sleep ${seconds}; exit 1`];
    await using scenario = new PodScenario({ spec: { containers: [containerOf({ command })] } });
    assert.deepEqual(gapsOf(await timesOf(scenario, "startContainer", 1900)), expected);
  }
});

test("a pod that asks for another image is not held back by what the old one did", async () => {
  await using scenario = new PodScenario({ spec: { containers: [containerOf({ command: ["false"] })] } });
  await scenario.pass(100);
  const before = scenario.count("startContainer");
  scenario.change((pod) => ({
    ...pod,
    spec: { ...pod.spec, containers: [containerOf({ command: ["false"], image: "registry.test/app:2" })] },
  }));
  await scenario.pass(0);
  assert.equal(scenario.count("startContainer"), before + 1);
});

test("an init container that fails is backed off, too, and nothing else is started", async () => {
  await using scenario = new PodScenario({
    spec: { initContainers: [containerOf({ name: "first", command: ["false"] })], containers: [containerOf()] },
  });
  const gaps = gapsOf(await timesOf(scenario, "startContainer", 120));
  assert.deepEqual(gaps, [0, 10, 20, 40]);
  assert.equal(scenario.container("first").state?.waiting?.reason, "CrashLoopBackOff");
  assert.equal(scenario.container("main").containerID, undefined);
});

test("a sidecar that is backed off does not hold back the restart of another", async () => {
  const sidecar = (name: string, seconds: number) =>
    containerOf({ name, restartPolicy: "Always", command: ["sh", "-c", `sleep ${seconds}; exit 1`] });
  await using scenario = new PodScenario({
    spec: { initContainers: [sidecar("one", 3), sidecar("two", 25)], containers: [containerOf()] },
  });
  await scenario.pass(24);
  assert.equal(scenario.container("one").state?.waiting?.reason, "CrashLoopBackOff");
  await scenario.pass(3);
  assert.equal(scenario.container("one").state?.waiting?.reason, "CrashLoopBackOff");
  assert.equal(scenario.container("two").restartCount, 1);
  assert.notEqual(scenario.container("two").state?.running, undefined);
});

test("what the runtime says of a container that it cannot make is shown once, whatever caused it", async () => {
  const error = new RuntimeError("Unknown", "no space left", { cause: new Error("no space left") });
  await using scenario = new PodScenario({
    spec: { containers: [containerOf()] },
    runtime: { createContainer: () => Promise.reject(error) },
  });
  await scenario.pass(1);
  assert.deepEqual(scenario.container().state?.waiting, { reason: "CreateContainerError", message: "no space left" });
  assert.deepEqual(scenario.eventsOf("Failed"), ["Warning Failed main: Error: no space left"]);
});

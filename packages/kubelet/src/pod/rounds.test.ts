import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1ConfigMap } from "@dingi/api";
import { RuntimeError } from "@dingi/cri";
import { containerOf, PodScenario } from "./pod-scenario.ts";

const exec = (...command: string[]) => ({ exec: { command } });
const NEVER = "Never" as const;

test("a sandbox that cannot be made is told of, and tried again in ten to fifteen seconds", async () => {
  let fails = true;
  await using scenario = new PodScenario({
    spec: { containers: [containerOf()] },
    runtime: {
      runPodSandbox: (run, ...call) => {
        if (fails) throw new RuntimeError("Unknown", "no network");
        return run(...call);
      },
    },
  });
  await scenario.pass(9);
  assert.equal(scenario.count("runPodSandbox"), 1);
  const why = "rpc error: code = Unknown desc = no network";
  assert.deepEqual(scenario.eventsOf("FailedCreatePodSandBox"), [
    `Warning FailedCreatePodSandBox: Failed to create pod sandbox: ${why}`,
  ]);
  fails = false;
  await scenario.pass(7);
  assert.equal(scenario.count("runPodSandbox"), 2);
  assert.ok(scenario.container().state?.running);
  assert.equal(scenario.pod.status.phase, "Running");
});

test("a sandbox that is lost is made anew with its containers, and that is told", async () => {
  await using scenario = new PodScenario({ spec: { containers: [containerOf()] } });
  await scenario.pass(1);
  const [first] = await scenario.cri.runtime.listPodSandbox({});
  await scenario.cri.runtime.stopPodSandbox(first!.id);
  await scenario.pass(30);
  assert.deepEqual(scenario.eventsOf("SandboxChanged").slice(0, 1), [
    "Normal SandboxChanged: Pod sandbox changed, it will be killed and re-created.",
  ]);
  const ready = (await scenario.cri.runtime.listPodSandbox({})).filter(({ state }) => state === "SANDBOX_READY");
  assert.deepEqual([ready.length, ready[0]?.metadata.attempt], [1, 1]);
  assert.equal(scenario.container().restartCount, 1);
  assert.ok(scenario.container().state?.running);
});

test("a volume that cannot be had yet is tried again ever more rarely, and the pod starts with it", async () => {
  const configMaps = new Map<string, V1ConfigMap>();
  await using scenario = new PodScenario({
    spec: { containers: [containerOf()], volumes: [{ name: "v", configMap: { name: "late" } }] },
    configMaps,
  });
  await scenario.pass(4);
  const told = scenario.eventsOf("FailedMount");
  // At once, after 0.5, 1.5 and 3.5 seconds.
  assert.equal(told.length, 4);
  assert.equal(scenario.count("runPodSandbox"), 0);
  configMaps.set("late", { metadata: {}, data: { a: "b" } });
  await scenario.pass(4);
  assert.ok(scenario.container().state?.running);
});

for (const [call, reason] of [
  ["createContainer", "CreateContainerError"],
  ["startContainer", "RunContainerError"],
] as const)
  test(`a container whose ${call} fails waits with "${reason}", and is tried again`, async () => {
    let fails = true;
    await using scenario = new PodScenario({
      spec: { containers: [containerOf()] },
      runtime: {
        [call]: async (real: (...args: unknown[]) => unknown, ...args: unknown[]) => {
          if (fails) throw new RuntimeError("Unknown", "no such thing");
          return await real(...args);
        },
      },
    });
    await scenario.pass(1);
    const message = "no such thing";
    assert.deepEqual(scenario.waits()[0], { reason, message });
    assert.ok(scenario.events.includes(`Warning Failed main: Error: ${message}`));
    fails = false;
    await scenario.pass(40);
    assert.ok(scenario.container().state?.running);
  });

test("a pod that ran longer than it may is ended, and says why", async () => {
  await using scenario = new PodScenario({ spec: { containers: [containerOf()], activeDeadlineSeconds: 20 } });
  await scenario.pass(19);
  assert.equal(scenario.pod.status.phase, "Running");
  await scenario.pass(3);
  const { phase, reason, message } = scenario.pod.status;
  assert.deepEqual(
    [phase, reason, message],
    ["Failed", "DeadlineExceeded", "Pod was active on the node longer than the specified deadline"],
  );
  assert.equal(scenario.count("stopContainer"), 1);
});

test("a pod whose init container failed for good has failed, without any other container", async () => {
  const initContainers = [containerOf({ name: "init", command: ["false"] })];
  await using scenario = new PodScenario({
    spec: { containers: [containerOf()], initContainers, restartPolicy: NEVER },
  });
  await scenario.pass(3);
  assert.equal(scenario.pod.status.phase, "Failed");
  assert.equal(scenario.count("createContainer"), 1);
  assert.equal(scenario.container("init").state?.terminated?.exitCode, 1);
});

test("init containers run one after the other, and a sidecar goes on beside the others", async () => {
  const initContainers = [
    containerOf({ name: "first", command: ["sleep", "2"] }),
    containerOf({ name: "side", restartPolicy: "Always" }),
    containerOf({ name: "last", command: ["sleep", "2"] }),
  ];
  await using scenario = new PodScenario({ spec: { containers: [containerOf()], initContainers } });
  await scenario.pass(1);
  assert.equal(scenario.count("createContainer"), 1);
  await scenario.pass(2);
  assert.equal(scenario.count("createContainer"), 3);
  assert.equal(scenario.pod.status.phase, "Pending");
  await scenario.pass(3);
  assert.equal(scenario.count("createContainer"), 4);
  assert.equal(scenario.pod.status.phase, "Running");
  assert.ok(scenario.container("side").state?.running);
});

test("a container that never starts is killed with its startup probe's own grace", async () => {
  const graces: number[] = [];
  const startupProbe = { ...exec("false"), periodSeconds: 1, failureThreshold: 2, terminationGracePeriodSeconds: 9 };
  await using scenario = new PodScenario({
    spec: { containers: [containerOf({ startupProbe })] },
    runtime: {
      stopContainer: async (stop, id, graceSeconds) => {
        graces.push(graceSeconds);
        await stop(id, graceSeconds);
      },
    },
  });
  await scenario.pass(5);
  assert.equal(graces[0], 9);
  assert.equal(
    scenario.eventsOf("Killing")[0],
    "Normal Killing main: Container main failed startup probe, will be restarted",
  );
});

test("a pod that was refused says why, and nothing of it is started", async () => {
  await using scenario = new PodScenario({
    spec: { containers: [containerOf()] },
    refuse: { reason: "OutOfcpu", message: "Node didn't have enough resource: cpu" },
  });
  await scenario.pass(2);
  const { phase, reason, message } = scenario.pod.status;
  assert.deepEqual(
    [phase, reason, message],
    ["Failed", "OutOfcpu", "Pod was rejected: Node didn't have enough resource: cpu"],
  );
  assert.deepEqual([scenario.count("runPodSandbox"), scenario.eventsOf("OutOfcpu").length], [0, 1]);
});

test("a status that comes back as it was written, and others' conditions, are no reason to look again", async () => {
  await using scenario = new PodScenario({ spec: { containers: [containerOf()] } });
  await scenario.pass(2);
  const before = scenario.reads;
  scenario.change((pod) => ({ ...pod, status: { ...pod.status, conditions: [{ type: "x/y", status: "True" }] } }));
  await scenario.pass(1);
  assert.equal(scenario.reads, before);
  scenario.change((pod) => ({ ...pod, metadata: { ...pod.metadata, annotations: { a: "b" } } }));
  await scenario.pass(1);
  assert.ok(scenario.reads > before);
  const then = scenario.reads;
  scenario.change((pod) => ({ ...pod, metadata: { ...pod.metadata, labels: { a: "b" } } }));
  await scenario.pass(1);
  assert.ok(scenario.reads > then);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1ContainerStatus, V1Pod, V1PodStatus } from "@dingi/api";
import { podStatus, type PodStatusInput } from "./pod-status.ts";

const NOW = "2026-01-02T00:00:00Z";
const BEFORE = "2026-01-01T00:00:00Z";

const running = (name: string, ready = true): V1ContainerStatus =>
  ({ name, ready, started: true, containerID: "c://1", state: { running: {} }, lastState: {} }) as V1ContainerStatus;
const ended = (name: string, exitCode: number): V1ContainerStatus =>
  ({
    name,
    ready: exitCode === 0,
    containerID: "c://1",
    state: { terminated: { exitCode } },
    lastState: {},
  }) as V1ContainerStatus;
const waiting = (name: string, lastExit?: number): V1ContainerStatus =>
  ({
    name,
    ready: false,
    state: { waiting: { reason: "x" } },
    lastState: lastExit === undefined ? {} : { terminated: { exitCode: lastExit } },
  }) as V1ContainerStatus;

interface Given extends Partial<Omit<PodStatusInput, "pod">> {
  readonly spec?: Record<string, unknown>;
  readonly status?: V1PodStatus;
}

function statusOf({ spec = {}, status = {}, ...input }: Given): V1PodStatus {
  const pod = {
    metadata: { name: "p", generation: 1 },
    spec: { containers: [{ name: "a" }, { name: "b" }], ...spec },
    status,
  } as unknown as V1Pod;
  return podStatus({
    pod,
    containers: [],
    initContainers: [],
    sandboxReady: true,
    podIps: ["10.0.0.1"],
    hostIps: ["1.1.1.1"],
    ended: false,
    now: NOW,
    ...input,
  });
}

const INIT = { initContainers: [{ name: "i" }] };
const SIDECAR = { initContainers: [{ name: "i", restartPolicy: "Always" }] };
const never = { restartPolicy: "Never" };
const onFailure = { restartPolicy: "OnFailure" };

for (const [what, given, phase] of [
  ["nothing is there yet", { containers: [waiting("a"), waiting("b")] }, "Pending"],
  ["one still waits for its first start", { containers: [running("a"), waiting("b")] }, "Pending"],
  ["all run", { containers: [running("a"), running("b")] }, "Running"],
  ["one waits to be restarted", { containers: [running("a"), waiting("b", 1)] }, "Running"],
  ["all ended, and will be restarted", { containers: [ended("a", 0), ended("b", 1)] }, "Running"],
  ["Never: all succeeded", { spec: never, containers: [ended("a", 0), ended("b", 0)] }, "Succeeded"],
  ["Never: one failed", { spec: never, containers: [ended("a", 0), ended("b", 2)] }, "Failed"],
  ["Never: one still runs", { spec: never, containers: [running("a"), ended("b", 2)] }, "Running"],
  ["OnFailure: all succeeded", { spec: onFailure, containers: [ended("a", 0), ended("b", 0)] }, "Succeeded"],
  ["OnFailure: one failed", { spec: onFailure, containers: [ended("a", 0), ended("b", 2)] }, "Running"],
  ["stopped for good, in order", { ended: true, containers: [ended("a", 0), ended("b", 0)] }, "Succeeded"],
  ["stopped for good, killed", { ended: true, containers: [ended("a", 0), ended("b", 137)] }, "Failed"],
  [
    "init container runs",
    { spec: INIT, initContainers: [running("i")], containers: [waiting("a"), waiting("b")] },
    "Pending",
  ],
  [
    "init container failed, to be tried again",
    { spec: INIT, initContainers: [ended("i", 1)], containers: [waiting("a")] },
    "Pending",
  ],
  [
    "init container failed for good",
    { spec: { ...INIT, ...never }, initContainers: [ended("i", 1)], containers: [waiting("a")] },
    "Failed",
  ],
  ["sidecar starts", { spec: SIDECAR, initContainers: [waiting("i")], containers: [waiting("a")] }, "Pending"],
  [
    "sidecar and all others run",
    { spec: SIDECAR, initContainers: [running("i")], containers: [running("a")] },
    "Running",
  ],
  ["it had failed before", { status: { phase: "Failed" }, containers: [running("a")] }, "Failed"],
  ["a verdict", { verdict: { reason: "Evicted", message: "m" }, containers: [running("a")] }, "Failed"],
] as const satisfies readonly (readonly [string, Given, string])[]) {
  test(`phase when ${what}`, () => {
    assert.equal(statusOf(given).phase, phase);
  });
}

const condition = (status: V1PodStatus, type: string) => status.conditions?.find((one) => one.type === type);

test("readiness counts all containers and sidecars, and names those that are not ready", () => {
  const status = statusOf({
    spec: SIDECAR,
    initContainers: [running("i", false)],
    containers: [running("a"), running("b", false)],
  });
  for (const type of ["Ready", "ContainersReady"]) {
    const { status: value, reason, message } = condition(status, type)!;
    assert.deepEqual(
      [value, reason, message],
      ["False", "ContainersNotReady", "containers with unready status: [i b]"],
    );
  }
});

test("a readiness gate keeps a pod from being ready, but not its containers", () => {
  const spec = { readinessGates: [{ conditionType: "x/y" }] };
  const containers = [running("a"), running("b")];
  const without = statusOf({ spec, containers });
  assert.equal(condition(without, "ContainersReady")?.status, "True");
  assert.equal(condition(without, "Ready")?.reason, "ReadinessGatesNotReady");
  const status = { conditions: [{ type: "x/y", status: "True" }] } as V1PodStatus;
  const given = statusOf({ spec, containers, status });
  assert.equal(condition(given, "Ready")?.status, "True");
  assert.equal(condition(given, "x/y")?.status, "True", "others' conditions stay");
});

test("a condition keeps its time until it changes", () => {
  const conditions = [
    { type: "Ready", status: "True", lastTransitionTime: BEFORE },
    { type: "ContainersReady", status: "False", lastTransitionTime: BEFORE },
  ];
  const status = statusOf({ status: { conditions } as V1PodStatus, containers: [running("a"), running("b")] });
  assert.equal(condition(status, "Ready")?.lastTransitionTime, BEFORE);
  assert.equal(condition(status, "ContainersReady")?.lastTransitionTime, NOW);
});

test("what has ended is not ready, and says how it ended", () => {
  const succeeded = statusOf({ spec: never, containers: [ended("a", 0), ended("b", 0)] });
  assert.deepEqual(
    ["Ready", "Initialized"].map((type) => [condition(succeeded, type)?.status, condition(succeeded, type)?.reason]),
    [
      ["False", "PodCompleted"],
      ["True", "PodCompleted"],
    ],
  );
  const failed = statusOf({ verdict: { reason: "DeadlineExceeded", message: "Too long" }, containers: [running("a")] });
  assert.deepEqual([failed.reason, failed.message], ["DeadlineExceeded", "Too long"]);
  assert.equal(condition(failed, "Ready")?.reason, "PodFailed");
});

test("init containers that are not done are named", () => {
  const status = statusOf({ spec: INIT, initContainers: [waiting("i")], containers: [waiting("a")] });
  const { status: value, message } = condition(status, "Initialized")!;
  assert.deepEqual([value, message], ["False", "containers with incomplete status: [i]"]);
});

test("the start is told once", () => {
  assert.equal(statusOf({}).startTime, NOW);
  assert.equal(statusOf({ status: { startTime: BEFORE } as V1PodStatus }).startTime, BEFORE);
});

test("tells of a resize while it waits and goes on, and not afterwards", () => {
  const conditionsOf = (resize: PodStatusInput["resize"], status: V1PodStatus = {}) =>
    statusOf({ ...(resize ? { resize } : {}), status }).conditions!.filter(({ type }) => type.startsWith("PodResize"));
  const [pending] = conditionsOf({ pending: { reason: "Deferred", message: "full" } });
  assert.deepEqual(
    [pending?.type, pending?.status, pending?.reason, pending?.message],
    ["PodResizePending", "True", "Deferred", "full"],
  );
  const [failed] = conditionsOf({ inProgress: { error: "no" } });
  assert.deepEqual([failed?.type, failed?.reason, failed?.message], ["PodResizeInProgress", "Error", "no"]);
  assert.deepEqual(conditionsOf({}, { conditions: [pending!, failed!] }), []);
});

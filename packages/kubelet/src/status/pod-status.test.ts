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

for (const [what, given, phase] of [
  [
    "an init container succeeded, and the rest starts",
    { spec: INIT, initContainers: [ended("i", 0)], containers: [waiting("a")] },
    "Pending",
  ],
  [
    "an init container that succeeded is asked to be there again",
    { spec: INIT, initContainers: [{ ...waiting("i", 0) }], containers: [running("a")] },
    "Running",
  ],
  [
    "the first of two init containers is done",
    {
      spec: { initContainers: [{ name: "i" }, { name: "j" }] },
      initContainers: [ended("i", 0)],
      containers: [waiting("a")],
    },
    "Pending",
  ],
  [
    "an init container starts anew beside what runs",
    { spec: INIT, initContainers: [running("i")], containers: [running("a")] },
    "Running",
  ],
  [
    "a sidecar has not started, and something waits to be restarted",
    { spec: SIDECAR, initContainers: [waiting("i")], containers: [waiting("a", 1)] },
    "Running",
  ],
  ["it had succeeded before", { status: { phase: "Succeeded" }, containers: [running("a")] }, "Succeeded"],
  ["stopped for good before one ever ran", { ended: true, containers: [ended("a", 0), waiting("b")] }, "Failed"],
  ["stopped for good before any ran", { ended: true, containers: [waiting("a"), waiting("b")] }, "Pending"],
  [
    "stopped for good while one waited to be restarted",
    { ended: true, containers: [ended("a", 0), waiting("b", 0)] },
    "Succeeded",
  ],
  [
    "stopped for good while one waited after a failure",
    { ended: true, containers: [ended("a", 0), waiting("b", 1)] },
    "Failed",
  ],
  ["stopped for good but one still runs", { ended: true, containers: [running("a"), ended("b", 0)] }, "Running"],
] as const satisfies readonly (readonly [string, Given, string])[])
  test(`phase when ${what}`, () => assert.equal(statusOf(given).phase, phase));

test("what is not initialized is named, until something has run or all is done", () => {
  const initContainers = [{ name: "i" }, { name: "s", restartPolicy: "Always" }];
  const of = (given: Given) => condition(statusOf({ spec: { initContainers }, ...given }), "Initialized");
  const both = [waiting("i"), { ...waiting("s"), started: false }];
  assert.equal(
    of({ initContainers: both, containers: [waiting("a")] })?.message,
    "containers with incomplete status: [i s]",
  );
  assert.equal(
    of({ initContainers: [ended("i", 0), { ...waiting("s"), started: true }], containers: [] })?.status,
    "True",
  );
  assert.equal(
    of({ initContainers: [ended("i", 1), running("s")], containers: [waiting("a")] })?.reason,
    "ContainersNotInitialized",
  );
  assert.equal(of({ initContainers: both, containers: [running("a")] })?.status, "True");
  const conditions = [{ type: "Initialized", status: "True" }];
  assert.equal(of({ initContainers: both, status: { conditions } as V1PodStatus })?.status, "True");
  const before = [
    { type: "Initialized", status: "False" },
    { type: "Ready", status: "True" },
  ];
  assert.equal(of({ initContainers: both, status: { conditions: before } as V1PodStatus })?.status, "False");
});

test("a gate that is not there and one that is not open are told apart", () => {
  const spec = { readinessGates: [{ conditionType: "x/absent" }, { conditionType: "x/shut" }] };
  const status = { conditions: [{ type: "x/shut", status: "False" }] } as V1PodStatus;
  const { message } = condition(statusOf({ spec, status, containers: [running("a")] }), "Ready")!;
  assert.equal(
    message,
    'corresponding condition of pod readiness gate "x/absent" does not exist., the status of pod readiness gate "x/shut" is not "True", but False',
  );
});

test("a resize that waits or goes on is told as long as it does", () => {
  const of = (resize: Given["resize"], status: V1PodStatus = {}) =>
    statusOf({ containers: [running("a")], status, ...(resize ? { resize } : {}) })
      .conditions?.filter(({ type }) => type.startsWith("PodResize"))
      .map(({ type, status: is, reason, message }) => [type, is, reason, message]);
  assert.deepEqual(of({ pending: { reason: "Deferred", message: "later" } }), [
    ["PodResizePending", "True", "Deferred", "later"],
  ]);
  assert.deepEqual(of({ inProgress: {} }), [["PodResizeInProgress", "True", undefined, undefined]]);
  assert.deepEqual(of({ inProgress: { error: "no" } }), [["PodResizeInProgress", "True", "Error", "no"]]);
  const conditions = [
    { type: "PodResizePending", status: "True" },
    { type: "PodResizeInProgress", status: "True" },
  ];
  assert.deepEqual(of(undefined, { conditions } as V1PodStatus), []);
});

test("that all containers restart is told where a rule could ask for it", () => {
  const of = (given: Given) => {
    const { status, reason } = condition(statusOf(given), "AllContainersRestarting") ?? {};
    return [status, reason];
  };
  const containers = [running("a")];
  assert.deepEqual(of({ containers }), [undefined, undefined]);
  assert.deepEqual(of({ containers, restartingAll: false }), ["False", undefined]);
  assert.deepEqual(of({ containers, restartingAll: true }), ["True", "RestartAllContainersStarted"]);
  assert.deepEqual(of({ containers: [ended("a", 0)], spec: never, restartingAll: true }), ["False", "PodCompleted"]);
  assert.deepEqual(of({ containers: [ended("a", 1)], spec: never, restartingAll: true }), ["False", "PodFailed"]);
});

test("what is not known is left out", () => {
  const bare = statusOf({ podIps: [], sandboxReady: false });
  for (const field of ["podIP", "initContainerStatuses", "ephemeralContainerStatuses", "reason", "resources"])
    assert.ok(!(field in bare), field);
  assert.deepEqual([bare.startTime, bare.hostIP, bare.observedGeneration], [NOW, "1.1.1.1", 1]);
  assert.equal(condition(bare, "PodReadyToStartContainers")?.status, "False");
  const full = statusOf({
    initContainers: [running("i")],
    ephemeralContainers: [running("e")],
    status: { startTime: BEFORE },
  });
  assert.deepEqual([full.initContainerStatuses?.length, full.ephemeralContainerStatuses?.length], [1, 1]);
  assert.deepEqual([full.podIP, full.podIPs, full.startTime], ["10.0.0.1", [{ ip: "10.0.0.1" }], BEFORE]);
});

test("a pod that was refused before anything ran has no containers' statuses, one that ran keeps them", () => {
  const verdict = { reason: "Evicted", message: "m" };
  assert.ok(!("containerStatuses" in statusOf({ verdict, containers: [waiting("a")] })));
  assert.equal(statusOf({ verdict, containers: [running("a"), waiting("b")] }).containerStatuses?.length, 2);
  const known = { containerStatuses: [waiting("a")] } as V1PodStatus;
  assert.equal(statusOf({ verdict, containers: [waiting("a")], status: known }).containerStatuses?.length, 1);
});

test("that it was scheduled was said by others, or is said now", () => {
  const other = { type: "PodScheduled", status: "True", lastTransitionTime: BEFORE };
  const said = (status: V1PodStatus) =>
    statusOf({ status })
      .conditions?.filter(({ type }) => type === "PodScheduled")
      .map(({ lastTransitionTime }) => lastTransitionTime);
  assert.deepEqual(said({ conditions: [other] } as V1PodStatus), [BEFORE]);
  assert.deepEqual(said({}), [NOW]);
});

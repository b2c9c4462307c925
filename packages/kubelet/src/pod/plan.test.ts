import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Pod } from "@dingi/api";
import type { ContainerStatus, PodSandboxStatus } from "@dingi/cri";
import type { PodRuntime } from "../runtime/pod-runtime.ts";
import { initFailed, planPod, type PlanInput } from "./plan.ts";

const podOf = (spec: Partial<V1Pod["spec"]>): V1Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "p", uid: "u" },
  spec: { containers: [{ name: "a", image: "i" }], ...spec },
  status: {},
});

const container = (name: string, state: ContainerStatus["state"], exitCode = 0): ContainerStatus => ({
  id: `id-${name}`,
  metadata: { name, attempt: 0 },
  state,
  createdAtMs: 1,
  startedAtMs: 1,
  finishedAtMs: 0,
  exitCode,
  image: { image: "i" },
  imageRef: "i",
  imageId: "i",
  reason: "",
  message: "",
  labels: {},
  annotations: {},
  mounts: [],
  logPath: "",
  resources: undefined,
  user: undefined,
  stopSignal: "",
});

const sandbox = (state: PodSandboxStatus["state"]): PodSandboxStatus => ({
  id: "s",
  metadata: { name: "p", namespace: "n", uid: "u", attempt: 0 },
  state,
  createdAtMs: 1,
  labels: {},
  annotations: {},
  runtimeHandler: "",
  network: { ip: "10.0.0.1", additionalIps: [] },
  linux: undefined,
});

const runtimeOf = (containers: ContainerStatus[], state: PodSandboxStatus["state"] = "SANDBOX_READY"): PodRuntime => ({
  uid: "u",
  name: "p",
  namespace: "n",
  sandboxes: [sandbox(state)],
  containers,
});

function plan(pod: V1Pod, runtime: PodRuntime, changes: Partial<PlanInput> = {}) {
  const made = planPod({
    pod,
    runtime,
    hashOf: () => "h",
    startedHash: () => "h",
    probes: { liveness: () => undefined, startup: () => true },
    ...changes,
  });
  return {
    killPod: made.killPod,
    createSandbox: made.createSandbox,
    attempt: made.attempt,
    kills: made.kills.map(({ name, reason }) => `${name}: ${reason}`),
    init: made.startInit.map(({ name }) => name),
    start: made.start.map(({ name }) => name),
  };
}

const NOTHING = { killPod: false, createSandbox: false, attempt: 0, kills: [], init: [], start: [] };
const init = [{ name: "i1" }, { name: "i2" }];

test("the first start makes a sandbox, and init containers go first", () => {
  const fresh = { ...runtimeOf([]), sandboxes: [] };
  assert.deepEqual(plan(podOf({}), fresh), { ...NOTHING, createSandbox: true, start: ["a"] });
  assert.deepEqual(plan(podOf({ initContainers: init }), fresh), { ...NOTHING, createSandbox: true, init: ["i1"] });
});

test("a pod that runs is left alone", () => {
  assert.deepEqual(plan(podOf({}), runtimeOf([container("a", "CONTAINER_RUNNING")])), NOTHING);
});

test("init containers run one after the other, then the containers", () => {
  const pod = podOf({ initContainers: init });
  const done = container("i1", "CONTAINER_EXITED");
  assert.deepEqual(plan(pod, runtimeOf([container("i1", "CONTAINER_RUNNING")])), NOTHING);
  assert.deepEqual(plan(pod, runtimeOf([done])), { ...NOTHING, init: ["i2"] });
  assert.deepEqual(plan(pod, runtimeOf([done, container("i2", "CONTAINER_EXITED")])), { ...NOTHING, start: ["a"] });
});

test("an init container that failed is tried again unless the policy is Never", () => {
  const runtime = runtimeOf([container("i1", "CONTAINER_EXITED", 1)]);
  assert.deepEqual(plan(podOf({ initContainers: init }), runtime).init, ["i1"]);
  const never = podOf({ initContainers: init, restartPolicy: "Never" });
  assert.deepEqual(plan(never, runtime).init, []);
  assert.equal(initFailed(never, runtime), true);
});

test("a sidecar lets the others start once it has started, and is started again", () => {
  const pod = podOf({ initContainers: [{ name: "side", restartPolicy: "Always" }] });
  const up = container("side", "CONTAINER_RUNNING");
  assert.deepEqual(plan(pod, runtimeOf([])).init, ["side"]);
  const notYet = { probes: { liveness: () => undefined, startup: () => undefined } };
  assert.deepEqual(plan(pod, runtimeOf([up]), notYet), NOTHING);
  assert.deepEqual(plan(pod, runtimeOf([up])).start, ["a"]);
  const gone = runtimeOf([container("side", "CONTAINER_EXITED"), container("a", "CONTAINER_RUNNING")]);
  assert.deepEqual(plan(pod, gone), { ...NOTHING, init: ["side"] });
});

test("restart policies", () => {
  const started = (restartPolicy: string, exitCode: number) => {
    const two = [{ name: "a" }, { name: "b" }];
    const containers = [container("a", "CONTAINER_EXITED", exitCode), container("b", "CONTAINER_RUNNING")];
    return plan(podOf({ restartPolicy, containers: two }), runtimeOf(containers)).start;
  };
  assert.deepEqual(started("Always", 0), ["a"]);
  assert.deepEqual(started("OnFailure", 0), []);
  assert.deepEqual(started("OnFailure", 1), ["a"]);
  assert.deepEqual(started("Never", 1), []);
});

test("nothing left to run ends the pod", () => {
  const runtime = runtimeOf([container("a", "CONTAINER_EXITED", 1)]);
  assert.deepEqual(plan(podOf({ restartPolicy: "Never" }), runtime), { ...NOTHING, killPod: true });
});

test("a container that is not alive is killed, and started again as the policy says", () => {
  const runtime = runtimeOf([container("a", "CONTAINER_RUNNING")]);
  const dead = { probes: { liveness: () => false, startup: () => true } };
  assert.deepEqual(plan(podOf({}), runtime, dead), { ...NOTHING, kills: ["a: liveness failed"], start: ["a"] });
  assert.deepEqual(plan(podOf({ restartPolicy: "Never" }), runtime, dead).start, []);
  const changed = plan(podOf({ restartPolicy: "Never" }), runtime, { hashOf: () => "other" });
  assert.deepEqual([changed.kills, changed.start], [["a: spec changed"], ["a"]]);
});

test("a sandbox that is gone is made anew with everything in it", () => {
  const runtime = runtimeOf([container("a", "CONTAINER_EXITED", 137)], "SANDBOX_NOTREADY");
  const anew = { ...NOTHING, killPod: true, createSandbox: true, attempt: 1 };
  assert.deepEqual(plan(podOf({}), runtime), { ...anew, start: ["a"] });
  assert.deepEqual(plan(podOf({ initContainers: init }), runtime), { ...anew, init: ["i1"] });
  assert.deepEqual(plan(podOf({ restartPolicy: "Never" }), runtime), { ...NOTHING, killPod: true });
});

test("ephemeral containers are started once, whatever becomes of them and of the others", () => {
  const pod = podOf({
    initContainers: init,
    ephemeralContainers: [{ name: "debug", image: "i" }],
  });
  const ephemeral = (containers: ContainerStatus[]) =>
    planPod({
      pod,
      runtime: runtimeOf(containers),
      hashOf: () => "h",
      startedHash: () => "h",
      probes: { liveness: () => undefined, startup: () => true },
    }).startEphemeral.map(({ name }) => name);
  assert.deepEqual(ephemeral([container("a", "CONTAINER_RUNNING")]), ["debug"]);
  assert.deepEqual(ephemeral([container("i1", "CONTAINER_RUNNING")]), ["debug"]);
  assert.deepEqual(ephemeral([container("a", "CONTAINER_RUNNING"), container("debug", "CONTAINER_EXITED", 1)]), []);
});

const up = (name: string) => container(name, "CONTAINER_RUNNING");
const over = (name: string, exitCode = 0) => container(name, "CONTAINER_EXITED", exitCode);
const side = { name: "side", image: "i", restartPolicy: "Always" };

const KILLS: readonly (readonly [string, Partial<PlanInput>, string | undefined])[] = [
  ["nothing is wrong", {}, undefined],
  ["its spec is another one", { hashOf: () => "x" }, "Container a definition changed, will be restarted"],
  ["nobody knows which spec it had", { startedHash: () => undefined, hashOf: () => "x" }, undefined],
  [
    "it is not alive",
    { probes: { liveness: () => false, startup: () => true } },
    "Container a failed liveness probe, will be restarted",
  ],
  [
    "it did not start",
    { probes: { liveness: () => undefined, startup: () => false } },
    "Container a failed startup probe, will be restarted",
  ],
  ["it starts still", { probes: { liveness: () => undefined, startup: () => undefined } }, undefined],
  ["it needs to be started for its resources", { needsResize: () => true }, "Container a resize requires restart"],
];
for (const [what, changes, message] of KILLS)
  test(`a running container when ${what} is ${message === undefined ? "let be" : "stopped"}`, () => {
    const input = {
      pod: podOf({}),
      runtime: runtimeOf([up("a")]),
      hashOf: () => "h",
      startedHash: () => "h",
      probes: { liveness: () => undefined, startup: () => true },
      ...changes,
    };
    assert.equal(planPod(input).kills[0]?.message, message);
    const promise = message?.replace(", will be restarted", "");
    const keeps = what.includes("spec") ? message : promise;
    assert.equal(planPod({ ...input, pod: podOf({ restartPolicy: "Never" }) }).kills[0]?.message, keeps);
    // What has ended is not stopped, whatever is said of it.
    assert.deepEqual(planPod({ ...input, runtime: runtimeOf([over("a", 1)]) }).kills, []);
  });

test("a container of which the runtime knows nothing is stopped and started anew", () => {
  const lost = runtimeOf([container("a", "CONTAINER_UNKNOWN")]);
  const { kills, start } = plan(podOf({}), lost);
  assert.deepEqual([kills, start], [["a: unknown state"], ["a"]]);
  assert.deepEqual(plan(podOf({}), runtimeOf([container("a", "CONTAINER_CREATED")])).start, ["a"]);
  assert.deepEqual(plan(podOf({ restartPolicy: "Never" }), runtimeOf([container("a", "CONTAINER_CREATED")])).start, [
    "a",
  ]);
});

test("a sandbox without an address, or one of two, is none", () => {
  const runtime = (...sandboxes: PodSandboxStatus[]) => ({ ...runtimeOf([up("a")]), sandboxes });
  const ready = sandbox("SANDBOX_READY");
  const bare = { ...ready, network: { ip: "", additionalIps: [] } };
  assert.equal(plan(podOf({}), runtime(ready)).createSandbox, false);
  assert.equal(plan(podOf({}), runtime(bare)).createSandbox, true);
  assert.equal(plan(podOf({ hostNetwork: true }), runtime(bare)).createSandbox, false);
  assert.equal(plan(podOf({}), runtime(ready, ready)).createSandbox, true);
  assert.equal(plan(podOf({}), runtime(ready, sandbox("SANDBOX_NOTREADY"))).createSandbox, false);
});

const LOST_SANDBOX: readonly (readonly [string, Partial<V1Pod["spec"]>, ContainerStatus[], object])[] = [
  ["one that ran is started again", {}, [up("a")], { start: ["a"] }],
  [
    "one that succeeded is not, on failure only",
    { restartPolicy: "OnFailure" },
    [over("a")],
    { createSandbox: false, attempt: 0 },
  ],
  ["one that failed is, on failure", { restartPolicy: "OnFailure" }, [over("a", 1)], { start: ["a"] }],
  ["never: nothing is started again", { restartPolicy: "Never" }, [up("a")], { createSandbox: false, attempt: 0 }],
  ["never: but what never began is", { restartPolicy: "Never" }, [], { start: ["a"] }],
  ["init containers come first again", { initContainers: init }, [over("i1"), over("i2"), up("a")], { init: ["i1"] }],
];
for (const [what, spec, containers, wanted] of LOST_SANDBOX)
  test(`after the sandbox was lost: ${what}`, () => {
    const anew = { ...NOTHING, killPod: true, createSandbox: true, attempt: 1 };
    assert.deepEqual(plan(podOf(spec), runtimeOf(containers, "SANDBOX_NOTREADY")), { ...anew, ...wanted });
  });

test("nothing to start needs no sandbox, unless containers are always started", () => {
  const fresh = { ...runtimeOf([]), sandboxes: [] };
  assert.equal(plan(podOf({ restartPolicy: "Never" }), fresh).createSandbox, true);
  assert.deepEqual(plan(podOf({ restartPolicy: "Never" }), fresh).start, ["a"]);
});

test("once a pod is initialized its init containers are not run again, its sidecars are kept", () => {
  const pod = podOf({ initContainers: [{ name: "i1", image: "i" }, side] });
  assert.deepEqual(plan(pod, runtimeOf([up("a"), over("side", 1)])), { ...NOTHING, init: ["side"] });
  assert.deepEqual(plan(pod, runtimeOf([up("a"), up("side")])), NOTHING);
  assert.deepEqual(plan(pod, runtimeOf([over("i1", 1)])).init, ["i1"]);
});

test("a sidecar that fails its probe is stopped and started, and the others wait for its first start only", () => {
  const pod = podOf({ initContainers: [side, { name: "i1", image: "i" }] });
  const dead = { probes: { liveness: (id: string) => id !== "id-side", startup: () => true } };
  assert.deepEqual(plan(pod, runtimeOf([up("side")]), dead), {
    ...NOTHING,
    kills: ["side: liveness failed"],
    init: ["side", "i1"],
  });
  assert.deepEqual(plan(pod, runtimeOf([up("side"), up("a")]), dead), {
    ...NOTHING,
    kills: ["side: liveness failed"],
    init: ["side"],
  });
  const slow = { probes: { liveness: () => undefined, startup: () => undefined } };
  assert.deepEqual(plan(pod, runtimeOf([up("side")]), slow), NOTHING);
  assert.deepEqual(plan(pod, runtimeOf([up("side"), up("a")]), slow), NOTHING);
  assert.deepEqual(plan(pod, runtimeOf([over("side")])).init, ["side"]);
});

test("an init container that failed for good is the pod's end; one that succeeded, runs or is a sidecar is not", () => {
  const failed = (spec: Partial<V1Pod["spec"]>, ...containers: ContainerStatus[]) =>
    initFailed(podOf(spec), runtimeOf(containers));
  const never = { restartPolicy: "Never", initContainers: init };
  assert.equal(failed(never, over("i1", 1)), true);
  assert.equal(failed(never, over("i1"), over("i2", 1)), true);
  assert.equal(failed(never, over("i1")), false);
  assert.equal(failed(never, up("i1")), false);
  assert.equal(failed(never), false);
  assert.equal(failed({ initContainers: init }, over("i1", 1)), false);
  assert.equal(failed({ restartPolicy: "Never", initContainers: [side] }, over("side", 1)), false);
  assert.equal(failed({}), false);
});

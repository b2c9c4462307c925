import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1DaemonSet, V1DaemonSetSpec, V1Node, V1Pod, V1Taint } from "@dingi/api";
import { daemonSetStatus, planDaemonSet } from "./plan.ts";
import type { DaemonSetState } from "./placement.ts";

const NOW = Date.UTC(2026, 0, 2);

const setOf = (spec: Partial<V1DaemonSetSpec> = {}, template: object = {}): V1DaemonSet => ({
  metadata: { name: "ds", namespace: "ns", uid: "ds", generation: 2 },
  spec: {
    template: { spec: { containers: [], ...template } },
    updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
    ...spec,
  },
  status: { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 },
});

const nodeOf = (
  name: string,
  { taints, labels }: { taints?: V1Taint[]; labels?: Record<string, string> } = {},
): V1Node => ({
  metadata: { name, labels },
  spec: { taints },
  status: {},
});
const taint = (key: string, effect: string): { taints: V1Taint[] } => ({ taints: [{ key, effect }] });

interface Seen {
  readonly name?: string;
  readonly hash?: string;
  readonly phase?: string;
  readonly ready?: boolean;
  readonly createdAt?: string;
  readonly isDeleted?: boolean;
}

const podOn = (nodeName: string, seen: Seen = {}): V1Pod => {
  const { name = nodeName, hash = "new", phase = "Running", ready = true, createdAt = "2026-01-01T00:00:00Z" } = seen;
  return {
    metadata: {
      name,
      labels: { "controller-revision-hash": hash },
      creationTimestamp: createdAt,
      ...(seen.isDeleted ? { deletionTimestamp: createdAt } : {}),
    },
    spec: { containers: [], nodeName },
    status: { phase, conditions: [{ type: "Ready", status: ready ? "True" : "False", lastTransitionTime: createdAt }] },
  };
};
const old = (seen: Seen = {}): Seen => ({ hash: "old", ...seen });

const stateOf = (daemonSet: V1DaemonSet, nodes: V1Node[], pods: V1Pod[], backoff = 0): DaemonSetState => ({
  daemonSet,
  nodes,
  pods,
  hash: "new",
  nowMs: NOW,
  backoffMs: () => backoff,
});

function planned(...given: Parameters<typeof stateOf>): { create: string[]; remove: string[] } {
  const { create, remove } = planDaemonSet(stateOf(...given));
  return { create: [...create], remove: remove.map(({ metadata }) => metadata.name ?? "") };
}
const NOTHING = { create: [], remove: [] };

test("every node that fits gets a pod", () => {
  const nodes = [nodeOf("a"), nodeOf("b", { labels: { disk: "ssd" } }), nodeOf("c")];
  assert.deepEqual(planned(setOf(), nodes, [podOn("a")]), { create: ["b", "c"], remove: [] });
  assert.deepEqual(planned(setOf({}, { nodeSelector: { disk: "ssd" } }), nodes, []), { create: ["b"], remove: [] });
  assert.deepEqual(planned(setOf({}, { nodeName: "c" }), nodes, []), { create: ["c"], remove: [] });
});

test("what is wrong with a node does not keep daemons away, other taints do", () => {
  const table: readonly (readonly [string, string, { fresh: boolean; stays: boolean }])[] = [
    ["node.kubernetes.io/not-ready", "NoExecute", { fresh: true, stays: true }],
    ["node.kubernetes.io/unschedulable", "NoSchedule", { fresh: true, stays: true }],
    ["node.kubernetes.io/network-unavailable", "NoSchedule", { fresh: false, stays: true }],
    ["mine", "NoSchedule", { fresh: false, stays: true }],
    ["mine", "NoExecute", { fresh: false, stays: false }],
    ["mine", "PreferNoSchedule", { fresh: true, stays: true }],
  ];
  for (const [key, effect, { fresh, stays }] of table) {
    const nodes = [nodeOf("a", taint(key, effect))];
    assert.deepEqual(planned(setOf(), nodes, []).create, fresh ? ["a"] : [], key);
    assert.deepEqual(planned(setOf(), nodes, [podOn("a")]).remove, stays ? [] : ["a"], key);
  }
  const nodes = [nodeOf("a", taint("node.kubernetes.io/network-unavailable", "NoSchedule"))];
  assert.deepEqual(planned(setOf({}, { hostNetwork: true }), nodes, []).create, ["a"]);
});

test("of several pods on a node the oldest stays", () => {
  const pods = [
    podOn("a", { name: "younger", createdAt: "2026-01-01T00:00:02Z" }),
    podOn("a", { name: "older" }),
    podOn("a", { name: "going", isDeleted: true, createdAt: "2026-01-01T00:00:03Z" }),
  ];
  assert.deepEqual(planned(setOf(), [nodeOf("a")], pods), { create: [], remove: ["younger"] });
});

test("pods that ended are replaced, failed ones not too often", () => {
  const failed = podOn("a", { phase: "Failed" });
  assert.deepEqual(planned(setOf(), [nodeOf("a")], [failed]).remove, ["a"]);
  assert.deepEqual(planned(setOf(), [nodeOf("a")], [failed], 700), NOTHING);
  assert.equal(planDaemonSet(stateOf(setOf(), [nodeOf("a")], [failed], 700)).waitMs, 700);
  assert.deepEqual(planned(setOf(), [nodeOf("a")], [podOn("a", { phase: "Succeeded" })], 700).remove, ["a"]);
  const going = podOn("a", { phase: "Failed", isDeleted: true });
  assert.deepEqual(planned(setOf(), [nodeOf("a")], [going]), { create: ["a"], remove: [] });
});

test("pods that wait for a node that is gone are removed, those that ran there are others' business", () => {
  const waiting = podOn("gone");
  const matchFields = [{ key: "metadata.name", operator: "In", values: ["gone"] }];
  const required = { nodeSelectorTerms: [{ matchFields }] };
  const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } };
  const pods = [{ ...waiting, spec: { containers: [], affinity } }, podOn("lost")];
  assert.deepEqual(planned(setOf(), [], pods), { create: [], remove: ["gone"] });
});

const rolling = (rollingUpdate: object, more: Partial<V1DaemonSetSpec> = {}) =>
  setOf({ updateStrategy: { type: "RollingUpdate", rollingUpdate }, ...more });
const NODES = ["a", "b", "c", "d"].map((name) => nodeOf(name));
const all = (seen: Seen) => NODES.map(({ metadata }) => podOn(metadata.name!, seen));

test("old pods are replaced, as many at once as may be unavailable", () => {
  assert.deepEqual(planned(rolling({ maxUnavailable: 1 }), NODES, all(old())).remove, ["a"]);
  assert.deepEqual(planned(rolling({ maxUnavailable: "50%" }), NODES, all(old())).remove, ["a", "b"]);
  assert.deepEqual(planned(rolling({ maxUnavailable: "26%" }), NODES, all(old())).remove, ["a", "b"]);
  assert.deepEqual(planned(rolling({}), NODES, all(old())).remove, ["a"]);
  const onDelete = setOf({ updateStrategy: { type: "OnDelete" } });
  assert.deepEqual(planned(onDelete, NODES, all(old())), NOTHING);
});

test("new pods that are not available yet use up the room, broken old ones go at once", () => {
  const pods = [podOn("a", { ready: false }), ...all(old()).slice(1)];
  assert.deepEqual(planned(rolling({ maxUnavailable: 1 }), NODES, pods), NOTHING);
  assert.deepEqual(planned(rolling({ maxUnavailable: 2 }), NODES, pods).remove, ["b"]);
  const broken = [podOn("a", old({ ready: false })), podOn("b", old({ ready: false })), ...all(old()).slice(2)];
  assert.deepEqual(planned(rolling({ maxUnavailable: 1 }), NODES, broken).remove, ["a", "b"]);
  const slow = rolling({ maxUnavailable: 1 }, { minReadySeconds: 60 });
  const young = [podOn("a", { createdAt: new Date(NOW - 30_000).toISOString() }), ...all(old()).slice(1)];
  assert.deepEqual(planned(slow, NODES, young), NOTHING);
});

test("while surging, new pods come beside old ones, which go once the new ones are available", () => {
  const surging = rolling({ maxSurge: 1, maxUnavailable: 0 });
  assert.deepEqual(planned(surging, NODES, all(old())), { create: ["a"], remove: [] });
  const beside = (ready: boolean) => [
    ...all(old()),
    podOn("a", { name: "a2", ready, createdAt: "2026-01-01T00:00:09Z" }),
  ];
  assert.deepEqual(planned(surging, NODES, beside(false)), NOTHING);
  assert.deepEqual(planned(surging, NODES, beside(true)).remove, ["a"]);
  const broken = [podOn("a", old({ ready: false })), podOn("b", old({ ready: false })), ...all(old()).slice(2)];
  assert.deepEqual(planned(surging, NODES, broken), { create: ["a", "b", "c"], remove: [] });
});

test("while surging, what may not run on its node any more goes when there is enough elsewhere", () => {
  const surging = rolling({ maxSurge: 1, maxUnavailable: 0 });
  const nodes = [nodeOf("a"), nodeOf("b", taint("mine", "NoSchedule"))];
  const pods = (ready: boolean) => [podOn("a", { ready }), podOn("b", old())];
  assert.deepEqual(planned(surging, nodes, pods(true)).remove, ["b"]);
  assert.deepEqual(planned(surging, nodes, pods(false)), NOTHING);
});

test("the status counts nodes by their oldest pod", () => {
  const nodes = [...NODES, nodeOf("e", taint("mine", "NoSchedule"))];
  const pods = [podOn("a"), podOn("b", old()), podOn("c", { ready: false }), podOn("e")];
  assert.deepEqual(daemonSetStatus(stateOf(setOf(), nodes, pods), 0), {
    currentNumberScheduled: 3,
    desiredNumberScheduled: 4,
    numberMisscheduled: 1,
    numberReady: 2,
    numberAvailable: 2,
    numberUnavailable: 2,
    updatedNumberScheduled: 2,
    observedGeneration: 2,
  });
});

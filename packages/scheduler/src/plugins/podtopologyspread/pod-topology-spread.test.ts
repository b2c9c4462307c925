import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Node, V1Pod, V1TopologySpreadConstraint } from "@dingi/api";
import { everything, selectorFromSet } from "@dingi/apimachinery";
import type { NodeInfo } from "../../cache/node-info.ts";
import { CycleState } from "../../framework/plugin.ts";
import { nodeWith, podWith, scoresOf, verdicts } from "../scheduler-fixture.ts";
import { podTopologySpread } from "./pod-topology-spread.ts";
import { snapshotOf } from "../../cache/snapshot.ts";

const plugin = podTopologySpread(() => everything);
const web = () => podWith({}, { app: "web" });
const spreading = (more: Partial<V1TopologySpreadConstraint> = {}): V1Pod =>
  podWith(
    {
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: "topology.kubernetes.io/zone",
          whenUnsatisfiable: "DoNotSchedule",
          labelSelector: { matchLabels: { app: "web" } },
          ...more,
        },
      ],
    },
    { app: "web", "pod-template-hash": "new" },
  );
const FULL = "node(s) didn't match pod topology spread constraints";
const LABELLESS = `${FULL} (missing required label)`;
const nodes = () => [
  nodeWith("a1", { zone: "a", pods: [web()] }),
  nodeWith("a2", { zone: "a" }),
  nodeWith("b1", { zone: "b" }),
  nodeWith("lost", { pods: [web()] }),
];

test("keeps domains within the skew", () => {
  assert.deepEqual(verdicts(plugin, spreading(), nodes()), [FULL, FULL, "success", LABELLESS]);
  assert.deepEqual(verdicts(plugin, spreading({ maxSkew: 2 }), nodes()), ["success", "success", "success", LABELLESS]);
  assert.equal(verdicts(plugin, podWith({}), nodes())[0], "skip");
});

test("with fewer domains than wanted, the emptiest counts as empty", () => {
  const even = [nodeWith("a1", { zone: "a", pods: [web()] }), nodeWith("b1", { zone: "b", pods: [web()] })];
  assert.deepEqual(verdicts(plugin, spreading(), even), ["success", "success"]);
  assert.deepEqual(verdicts(plugin, spreading({ minDomains: 3 }), even), [FULL, FULL]);
});

test("counts only what shares the values of the given labels", () => {
  assert.equal(verdicts(plugin, spreading({ matchLabelKeys: ["pod-template-hash"] }), nodes())[0], "success");
});

test("pods that are ending, and those of other namespaces, do not count", () => {
  const ending = { ...web(), metadata: { ...web().metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } };
  const other = { ...web(), metadata: { ...web().metadata, namespace: "other" } };
  const all = [nodeWith("a1", { zone: "a", pods: [ending, other] }), nodeWith("b1", { zone: "b" })];
  assert.deepEqual(verdicts(plugin, spreading(), all), ["success", "success"]);
});

test("prefers emptier domains, and gives nothing to nodes outside of them", () => {
  const soft = spreading({ whenUnsatisfiable: "ScheduleAnyway" });
  const scores = scoresOf(plugin, soft, nodes())!;
  assert.ok(scores[0] === scores[1] && scores[2]! > scores[0]!);
  assert.equal(scores[3], 0);
});

test("spreads what belongs together by default", () => {
  const owned = podTopologySpread(() => selectorFromSet({ app: "web" }));
  const [a1, a2, b1] = scoresOf(owned, web(), nodes().slice(0, 3))!;
  assert.ok(a1! < a2! && a2! < b1!);
  assert.equal(scoresOf(plugin, web(), nodes()), undefined);
});

test("a pod less is reckoned with", () => {
  const all = nodes();
  const pod = spreading();
  const state = new CycleState(snapshotOf(all));
  plugin.preFilter!(state, pod, all);
  const copy = state.clone();
  plugin.adjust!(copy, pod, { other: web(), node: all[0]!, delta: -1 });
  assert.equal(plugin.filter!(copy, pod, all[1]!).code, "success");
  assert.equal(plugin.filter!(state, pod, all[1]!).code, "unschedulable");
});

const counting = (more: Partial<V1TopologySpreadConstraint>, all: NodeInfo[], spec: Partial<V1Pod["spec"]> = {}) => {
  const pod = spreading(more);
  return verdicts(plugin, { ...pod, spec: { ...pod.spec, ...spec } }, all);
};
const zoned = (zone: string, pods: V1Pod[], spec: V1Node["spec"] = {}) => {
  const info = nodeWith(`${zone}1`, { zone, pods });
  info.setNode({ ...info.node, spec });
  return info;
};

test("nodes that the pod's affinity excludes count only when the constraint ignores that", () => {
  const all = () => [zoned("a", [web()]), zoned("b", [])];
  const spec = { nodeSelector: { "topology.kubernetes.io/zone": "a" } };
  assert.equal(counting({}, all(), spec)[0], "success");
  assert.equal(counting({ nodeAffinityPolicy: "Honor" }, all(), spec)[0], "success");
  assert.equal(counting({ nodeAffinityPolicy: "Ignore" }, all(), spec)[0], FULL);
});

test("tainted nodes count unless the constraint honours taints, and those are hard and not tolerated", () => {
  const all = (effect: string) => [zoned("a", [web()]), zoned("b", [], { taints: [{ key: "k", effect }] })];
  const honour = { nodeTaintsPolicy: "Honor" };
  assert.equal(counting({}, all("NoSchedule"))[0], FULL);
  assert.equal(counting(honour, all("NoSchedule"))[0], "success");
  assert.equal(counting(honour, all("NoExecute"))[0], "success");
  assert.equal(counting(honour, all("PreferNoSchedule"))[0], FULL);
  assert.equal(counting(honour, all("NoSchedule"), { tolerations: [{ operator: "Exists" }] })[0], FULL);
});

test("a constraint that selects nothing counts nobody, and one by its keys only counts by them", () => {
  const all = () => [zoned("a", [web()]), zoned("b", [])];
  assert.deepEqual(counting({ labelSelector: {} }, all()), ["success", "success"]);
  const keyed = { labelSelector: {}, matchLabelKeys: ["app"] };
  assert.deepEqual(counting(keyed, all()), [FULL, "success"]);
  assert.deepEqual(counting({ matchLabelKeys: ["unknown"] }, all()), [FULL, "success"]);
});

test("who is not counted itself may go where the others are one too many", () => {
  const pod = { ...spreading(), metadata: { ...spreading().metadata, labels: { app: "other" } } };
  assert.deepEqual(verdicts(plugin, pod, [zoned("a", [web()]), zoned("b", [])]), ["success", "success"]);
});

test("pods of a domain are counted over all its nodes, and all constraints must hold", () => {
  const all = [nodeWith("a1", { zone: "a", pods: [web()] }), nodeWith("a2", { zone: "a", pods: [web()] })];
  all.push(nodeWith("b1", { zone: "b", pods: [web()] }));
  assert.deepEqual(verdicts(plugin, spreading(), all), [FULL, FULL, "success"]);
  const pod = spreading();
  const hosts = { ...pod.spec.topologySpreadConstraints![0]!, topologyKey: "kubernetes.io/hostname" };
  const two = {
    ...pod,
    spec: {
      ...pod.spec,
      topologySpreadConstraints: [spreading({ maxSkew: 5 }).spec.topologySpreadConstraints![0]!, hosts],
    },
  };
  all.push(nodeWith("c1", { zone: "c" }));
  assert.deepEqual(verdicts(plugin, two, all), [FULL, FULL, FULL, "success"]);
});

test("of what changes on a node only pods count that the constraint counts, on nodes that it counts", () => {
  const all = nodes();
  const pod = spreading();
  const after = (other: V1Pod, node: NodeInfo) => {
    const state = new CycleState(snapshotOf(all));
    plugin.preFilter!(state, pod, all);
    plugin.adjust!(state, pod, { other, node, delta: 1 });
    return plugin.filter!(state, pod, all[2]!).code;
  };
  const elsewhere = { ...web(), metadata: { ...web().metadata, namespace: "other" } };
  assert.equal(after(web(), all[2]!), "success");
  const busy = spreading({ maxSkew: 1 });
  const state = new CycleState(snapshotOf(all));
  plugin.preFilter!(state, busy, all);
  for (const other of [elsewhere, podWith({}, { app: "db" })])
    for (let i = 0; i < 3; i++) plugin.adjust!(state, busy, { other, node: all[2]!, delta: 1 });
  for (let i = 0; i < 3; i++) plugin.adjust!(state, busy, { other: web(), node: all[3]!, delta: 1 });
  assert.equal(plugin.filter!(state, busy, all[2]!).code, "success");
  for (let i = 0; i < 2; i++) plugin.adjust!(state, busy, { other: web(), node: all[2]!, delta: 1 });
  assert.equal(plugin.filter!(state, busy, all[2]!).code, "unschedulable");
  assert.equal(plugin.filter!(state, busy, all[3]!).code, "unresolvable");
});

test("without a hard constraint nothing is kept for a pod that comes or goes", () => {
  const all = nodes();
  const state = new CycleState(snapshotOf(all));
  plugin.adjust!(state, podWith({}), { other: web(), node: all[0]!, delta: 1 });
  assert.equal(plugin.filter!(state, podWith({}), all[0]!).code, "success");
});

test("scores each host by its own pods, and counts those of nodes that the pod does not fit on", () => {
  const hosts = spreading({ whenUnsatisfiable: "ScheduleAnyway", topologyKey: "kubernetes.io/hostname" });
  const all = [nodeWith("a", { pods: [web(), web()] }), nodeWith("b", { pods: [web()] }), nodeWith("c", {})];
  assert.deepEqual(scoresOf(plugin, hosts, all), [0, 33, 100]);
  const soft = spreading({ whenUnsatisfiable: "ScheduleAnyway" });
  const state = new CycleState(snapshotOf(nodes()));
  const fitting = nodes().slice(1, 3);
  plugin.preScore!(state, soft, fitting);
  const scores = fitting.map((node) => plugin.score!(state, soft, node));
  plugin.normalize!(scores, state, fitting);
  assert.deepEqual(scores, [0, 100]);
});

test("where nobody is yet all are alike, and a wider skew weighs a little", () => {
  const soft = (maxSkew: number) => spreading({ whenUnsatisfiable: "ScheduleAnyway", maxSkew });
  const empty = [nodeWith("a", { zone: "a" }), nodeWith("b", { zone: "b" })];
  assert.deepEqual(scoresOf(plugin, soft(1), empty), [100, 100]);
  const state = new CycleState(snapshotOf(empty));
  plugin.preScore!(state, soft(4), empty);
  assert.equal(plugin.score!(state, soft(4), empty[0]!), 3);
});

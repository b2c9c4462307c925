import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Pod, V1TopologySpreadConstraint } from "@dingi/api";
import { everything, selectorFromSet } from "@dingi/apimachinery";
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

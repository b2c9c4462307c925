import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Pod } from "@dingi/api";
import { CycleState } from "../../framework/plugin.ts";
import { nodeWith, podWith, scoresOf, verdicts } from "../scheduler-fixture.ts";
import { interPodAffinity } from "./inter-pod-affinity.ts";
import { snapshotOf } from "../../cache/snapshot.ts";

const ZONE = "topology.kubernetes.io/zone";
const plugin = interPodAffinity((namespace) => ({ team: namespace }));
const term = (app: string, more: object = {}) => ({
  topologyKey: ZONE,
  labelSelector: { matchLabels: { app } },
  ...more,
});
const near = (app: string, more: object = {}): V1Pod["spec"]["affinity"] => ({
  podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term(app, more)] },
});
const far = (app: string, more: object = {}): V1Pod["spec"]["affinity"] => ({
  podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term(app, more)] },
});
const NOT_NEAR = "node(s) didn't match pod affinity rules";
const NOT_FAR = "node(s) didn't match pod anti-affinity rules";
const SHUNNED = "node(s) didn't satisfy existing pods anti-affinity rules";

const web = () => podWith({}, { app: "web" });
const nodes = (pod: V1Pod = web()) => [
  nodeWith("a1", { zone: "a", pods: [pod] }),
  nodeWith("a2", { zone: "a" }),
  nodeWith("b1", { zone: "b" }),
  nodeWith("lost", {}),
];

test("near: only where the topology has a match", () => {
  assert.deepEqual(verdicts(plugin, podWith({ affinity: near("web") }), nodes()), [
    "success",
    "success",
    NOT_NEAR,
    NOT_NEAR,
  ]);
});

test("near: the first of a group may go wherever there is a topology", () => {
  const first = podWith({ affinity: near("db") }, { app: "db" });
  assert.deepEqual(verdicts(plugin, first, nodes()), ["success", "success", "success", NOT_NEAR]);
  assert.deepEqual(new Set(verdicts(plugin, podWith({ affinity: near("db") }), nodes())), new Set([NOT_NEAR]));
});

test("far: not where the topology has a match, nor where somebody there minds", () => {
  assert.deepEqual(verdicts(plugin, podWith({ affinity: far("web") }), nodes()), [
    NOT_FAR,
    NOT_FAR,
    "success",
    "success",
  ]);
  const minds = nodes(podWith({ affinity: far("db") }));
  assert.deepEqual(verdicts(plugin, podWith({}, { app: "db" }), minds), [SHUNNED, SHUNNED, "success", "success"]);
  assert.deepEqual(verdicts(plugin, podWith({}), minds)[0], "skip");
});

test("namespaces: a pod's own, those named, or those selected by label", () => {
  const elsewhere = { ...web(), metadata: { ...web().metadata, namespace: "other" } };
  const first = (more: object) => verdicts(plugin, podWith({ affinity: far("web", more) }), nodes(elsewhere))[0];
  assert.equal(first({}), "success");
  assert.equal(first({ namespaces: ["other"] }), NOT_FAR);
  assert.equal(first({ namespaceSelector: { matchLabels: { team: "other" } } }), NOT_FAR);
  assert.equal(first({ namespaceSelector: { matchLabels: { team: "third" } } }), "success");
  assert.equal(first({ namespaceSelector: {} }), NOT_FAR);
});

test("scores by what both sides prefer, and by what others need", () => {
  const preferred = [{ weight: 10, podAffinityTerm: term("web") }];
  const wish = { preferredDuringSchedulingIgnoredDuringExecution: preferred };
  assert.deepEqual(scoresOf(plugin, podWith({ affinity: { podAffinity: wish } }), nodes()), [100, 100, 0, 0]);
  assert.deepEqual(scoresOf(plugin, podWith({ affinity: { podAntiAffinity: wish } }), nodes()), [0, 0, 100, 100]);
  assert.deepEqual(scoresOf(plugin, web(), nodes(podWith({ affinity: near("web") }))), [100, 100, 0, 0]);
  assert.equal(scoresOf(plugin, podWith({}), nodes()), undefined);
});

test("a pod less is reckoned with, and only there", () => {
  const victim = web();
  const all = nodes(victim);
  const pod = podWith({ affinity: far("web") });
  const state = new CycleState(snapshotOf(all));
  plugin.preFilter!(state, pod, all);
  const copy = state.clone();
  plugin.adjust!(copy, pod, { other: victim, node: all[0]!, delta: -1 });
  assert.equal(plugin.filter!(copy, pod, all[1]!).code, "success");
  assert.equal(plugin.filter!(state, pod, all[1]!).code, "unschedulable");
});

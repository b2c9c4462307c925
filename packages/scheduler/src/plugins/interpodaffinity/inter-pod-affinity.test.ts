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

/** What is said of each node after a pod has come to, or gone from, the first. */
function adjusted(pod: V1Pod, { other, delta }: { readonly other: V1Pod; readonly delta: 1 | -1 }): string[] {
  const all = nodes(delta === 1 ? podWith({}) : other);
  const state = new CycleState(snapshotOf(all));
  plugin.preFilter!(state, pod, all);
  plugin.adjust!(state, pod, { other, node: all[0]!, delta });
  return all.map((node) => plugin.filter!(state, pod, node).code);
}

test("a pod that comes is near, is far, or shuns, as one that was there", () => {
  const [yes, no, never] = ["success", "unschedulable", "unresolvable"];
  assert.deepEqual(adjusted(podWith({ affinity: near("web") }), { other: web(), delta: 1 }), [yes, yes, never, never]);
  assert.deepEqual(adjusted(podWith({ affinity: far("web") }), { other: web(), delta: 1 }), [no, no, yes, yes]);
  const shunned = podWith({ affinity: near("db") }, { app: "db" });
  assert.deepEqual(adjusted(shunned, { other: podWith({ affinity: far("db") }), delta: 1 }), [no, no, yes, never]);
  const other = podWith({}, { app: "other" });
  assert.deepEqual(adjusted(podWith({ affinity: far("web") }), { other, delta: 1 }), [yes, yes, yes, yes]);
});

test("a pod that goes is near, far or shunning no more", () => {
  const one = web();
  assert.deepEqual(
    new Set(adjusted(podWith({ affinity: near("web") }), { other: one, delta: -1 })),
    new Set(["unresolvable"]),
  );
  assert.deepEqual(
    new Set(adjusted(podWith({ affinity: far("web") }), { other: one, delta: -1 })),
    new Set(["success"]),
  );
});

test("without anything that was counted a change is nothing", () => {
  const state = new CycleState(snapshotOf([]));
  plugin.adjust!(state, podWith({}), { other: web(), node: nodes()[0]!, delta: 1 });
  assert.equal(plugin.filter!(state, podWith({}), nodes()[0]!).code, "success");
});

test("all that it wants near must be in one place, and each that it wants far keeps it off", () => {
  const twice = {
    podAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        term("web"),
        { ...term("web"), topologyKey: "kubernetes.io/hostname" },
      ],
    },
  };
  assert.deepEqual(verdicts(plugin, podWith({ affinity: twice }), nodes()), ["success", NOT_NEAR, NOT_NEAR, NOT_NEAR]);
  const both = {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        term("db"),
        { ...term("web"), topologyKey: "kubernetes.io/hostname" },
      ],
    },
  };
  assert.deepEqual(verdicts(plugin, podWith({ affinity: both }), nodes()), [NOT_FAR, "success", "success", "success"]);
});

test("what others prefer and avoid counts by its weight, for and against", () => {
  const wish = (weight: number, app: string) => ({
    preferredDuringSchedulingIgnoredDuringExecution: [{ weight, podAffinityTerm: term(app) }],
  });
  const there = (affinity: V1Pod["spec"]["affinity"]) => nodes(podWith({ affinity }));
  assert.deepEqual(scoresOf(plugin, web(), there({ podAffinity: wish(5, "web") })), [100, 100, 0, 0]);
  assert.deepEqual(scoresOf(plugin, web(), there({ podAntiAffinity: wish(5, "web") })), [0, 0, 100, 100]);
  assert.equal(scoresOf(plugin, web(), there({ podAffinity: wish(5, "db") })), undefined);
  const own = podWith({ affinity: { podAffinity: wish(10, "web"), podAntiAffinity: wish(3, "db") } });
  const mixed = [...nodes(), nodeWith("c1", { zone: "c", pods: [podWith({}, { app: "db" })] })];
  assert.deepEqual(scoresOf(plugin, own, mixed), [100, 100, 23, 23, 0]);
});

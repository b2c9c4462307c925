import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Pod } from "@dingi/api";
import { nodeWith, podWith, scoresOf, verdicts } from "../scheduler-fixture.ts";
import { nodeAffinity } from "./node-affinity.ts";

const ZONE = "topology.kubernetes.io/zone";
const NO = "node(s) didn't match Pod's node affinity/selector";
const inZone = (...values: string[]) => ({ matchExpressions: [{ key: ZONE, operator: "In", values }] });
const requiring = (zone: string): V1Pod["spec"]["affinity"] => ({
  nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [inZone(zone)] } },
});
const nodes = ["a", "b"].map((zone) => nodeWith(zone, { zone }));

test("a pod goes only where its selector and its affinity both match", () => {
  assert.deepEqual(verdicts(nodeAffinity, podWith({}), nodes), ["skip", "skip"]);
  assert.deepEqual(verdicts(nodeAffinity, podWith({ nodeSelector: { [ZONE]: "b" } }), nodes), [NO, "success"]);
  assert.deepEqual(verdicts(nodeAffinity, podWith({ affinity: requiring("a") }), nodes), ["success", NO]);
  const both = podWith({ nodeSelector: { "kubernetes.io/hostname": "a" }, affinity: requiring("b") });
  assert.deepEqual(verdicts(nodeAffinity, both, nodes), [NO, NO]);
  assert.deepEqual(verdicts(nodeAffinity, podWith({ nodeSelector: { [ZONE]: "a", lost: "x" } }), nodes), [NO, NO]);
});

test("what it prefers scores by weight, and nothing for who prefers nothing", () => {
  const preferred = [
    { weight: 20, preference: inZone("a") },
    { weight: 5, preference: inZone("a", "b") },
  ];
  const pod = podWith({ affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: preferred } } });
  assert.deepEqual(scoresOf(nodeAffinity, pod, nodes), [100, 20]);
  assert.equal(scoresOf(nodeAffinity, podWith({ affinity: requiring("a") }), nodes), undefined);
});

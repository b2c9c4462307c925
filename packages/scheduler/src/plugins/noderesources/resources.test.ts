import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Pod } from "@dingi/api";
import { CycleState } from "../../framework/plugin.ts";
import { asking, nodeWith, podWith, scoresOf, verdicts } from "../scheduler-fixture.ts";
import { nodeResourcesBalancedAllocation } from "./balanced-allocation.ts";
import { nodeResourcesFit } from "./fit.ts";

const fits = (pod: V1Pod, allocatable: Record<string, string>, ...pods: V1Pod[]) =>
  verdicts(nodeResourcesFit, pod, [nodeWith("n", { allocatable, pods })])[0];
const scored = (pod: V1Pod, allocatable: Record<string, string>, ...pods: V1Pod[]) =>
  nodeResourcesFit.score!(new CycleState(), pod, nodeWith("n", { allocatable, pods }));
const balance = (pod: V1Pod, allocatable: Record<string, string>, ...pods: V1Pod[]) =>
  scoresOf(nodeResourcesBalancedAllocation, pod, [nodeWith("n", { allocatable, pods })])?.[0];

test("asking for nothing of a resource fits where there is none, or where it is overdrawn", () => {
  assert.equal(fits(asking({ "example.org/gpu": "0" }), {}), "success");
  assert.equal(fits(asking({ cpu: "0" }), { cpu: "1" }, asking({ cpu: "2" })), "success");
  assert.equal(fits(asking({ "example.org/gpu": "1" }), {}), "Insufficient example.org/gpu");
});

test("a node that does not say how many pods it takes takes 110", () => {
  const pods = (count: number) => Array.from({ length: count }, () => podWith({}));
  assert.equal(fits(podWith({}), {}, ...pods(109)), "success");
  assert.equal(fits(podWith({}), {}, ...pods(110)), "Too many pods");
});

test("all that is lacking is told, and whether it could ever be there", () => {
  const verdict = (pod: V1Pod) =>
    nodeResourcesFit.filter!(
      new CycleState(),
      pod,
      nodeWith("n", { allocatable: { cpu: "2", memory: "2" }, pods: [asking({ cpu: "1", memory: "1" })] }),
    );
  assert.deepEqual(verdict(asking({ cpu: "2", memory: "2" })), {
    code: "unschedulable",
    reasons: ["Insufficient cpu", "Insufficient memory"],
  });
  assert.deepEqual(verdict(asking({ cpu: "2", memory: "3" })), {
    code: "unresolvable",
    reasons: ["Insufficient cpu", "Insufficient memory"],
  });
});

test("the score is the free share of what a node has; pods that ask for nothing count for a little", () => {
  assert.equal(scored(asking({ cpu: "1", memory: "0" }), { cpu: "4" }), 75);
  assert.equal(scored(asking({ cpu: "1", memory: "1Gi" }), { cpu: "4", memory: "2Gi" }), 62);
  assert.equal(scored(asking({ cpu: "1" }), {}), 0);
  assert.equal(scored(asking({ cpu: "2" }), { cpu: "1" }), 0);
  assert.equal(scored(asking({ cpu: "1" }), { cpu: "1" }), 0);
  assert.equal(scored(podWith({}), { cpu: "1", memory: "400Mi" }), 70);
  assert.equal(scored(podWith({}), { cpu: "1", memory: "400Mi" }, podWith({})), 40);
});

test("balance: best where cpu and memory are used alike, and of no concern to who asks for nothing", () => {
  const both = { cpu: "4", memory: "4" };
  assert.equal(balance(asking({ cpu: "1", memory: "1" }), both), 100);
  assert.equal(balance(asking({ cpu: "4", memory: "2" }), both), 75);
  assert.equal(balance(asking({ cpu: "1", memory: "1" }), both, asking({ cpu: "2" })), 75);
  assert.equal(balance(asking({ cpu: "8", memory: "4" }), both), 100);
  assert.equal(balance(asking({ cpu: "1" }), { cpu: "4" }), 100);
  assert.equal(balance(asking({ cpu: "0" }), both), undefined);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Pod, V1PodDisruptionBudget } from "@dingi/api";
import { failSafe, needsScale, planBudget } from "./plan.ts";

const NOW = Date.UTC(2026, 0, 1, 1);
const ago = (seconds: number) => new Date(NOW - seconds * 1000).toISOString();

const budgetOf = (spec: V1PodDisruptionBudget["spec"], status: Partial<V1PodDisruptionBudget["status"]> = {}) => ({
  metadata: { name: "b", namespace: "ns", generation: 2 },
  spec,
  status: { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0, ...status },
});
const podOf = (name: string, { ready = true, isDeleted = false } = {}): V1Pod => ({
  metadata: { name, ...(isDeleted ? { deletionTimestamp: ago(1) } : {}) },
  spec: { containers: [] },
  status: { conditions: [{ type: "Ready", status: ready ? "True" : "False" }] },
});
const four = ["a", "b", "c", "d"].map((name) => podOf(name));

function counts(spec: V1PodDisruptionBudget["spec"], pods: readonly V1Pod[], scale = 0): number[] {
  const { status } = planBudget({ budget: budgetOf(spec), pods, scale, nowMs: NOW });
  return [status.currentHealthy, status.desiredHealthy, status.expectedPods, status.disruptionsAllowed];
}

test("as many may go as are healthy beyond those that must stay", () => {
  assert.deepEqual(counts({ minAvailable: 3 }, four), [4, 3, 4, 1]);
  assert.deepEqual(counts({ minAvailable: 5 }, four), [4, 5, 4, 0]);
  assert.deepEqual(counts({ minAvailable: 0 }, []), [0, 0, 0, 0]);
  assert.deepEqual(counts({ minAvailable: "50%" }, four, 5), [4, 3, 5, 1]);
  assert.deepEqual(counts({ maxUnavailable: 1 }, four, 4), [4, 3, 4, 1]);
  assert.deepEqual(counts({ maxUnavailable: 9 }, four, 4), [4, 0, 4, 4]);
  assert.deepEqual(counts({ maxUnavailable: "30%" }, four, 4), [4, 2, 4, 2]);
  assert.deepEqual(counts({ maxUnavailable: 1 }, four, 6), [4, 5, 6, 0]);
  assert.deepEqual(counts({}, four), [4, 0, 0, 0]);
});

test("what is not ready, or going, is not healthy", () => {
  const pods = [podOf("a"), podOf("b", { ready: false }), podOf("c", { isDeleted: true })];
  assert.deepEqual(counts({ minAvailable: 0 }, pods), [1, 0, 3, 1]);
});

test("what was let go has two minutes to go", () => {
  const disruptedPods = { a: ago(30), b: ago(121), c: ago(5), gone: ago(5) };
  const budget = budgetOf({ minAvailable: 1 }, { disruptedPods });
  const pods = [podOf("a"), podOf("b"), podOf("c", { isDeleted: true }), podOf("d")];
  const { status, notDeleted, waitMs } = planBudget({ budget, pods, scale: 0, nowMs: NOW });
  assert.deepEqual(status.disruptedPods, { a: ago(30) });
  assert.deepEqual(
    notDeleted.map(({ metadata }) => metadata.name),
    ["b"],
  );
  assert.deepEqual([status.currentHealthy, waitMs], [2, 90_001]);
});

test("the condition keeps its time while it stays the same", () => {
  const plan = (status: Partial<V1PodDisruptionBudget["status"]>, minAvailable: number) =>
    planBudget({ budget: budgetOf({ minAvailable }, status), pods: four, scale: 0, nowMs: NOW }).status.conditions;
  const before = {
    type: "DisruptionAllowed",
    status: "True",
    reason: "SufficientPods",
    message: "",
    lastTransitionTime: ago(60),
    observedGeneration: 1,
  };
  const now = new Date(NOW).toISOString().replace(".000", "");
  assert.deepEqual(plan({}, 3), [{ ...before, observedGeneration: 2, lastTransitionTime: now }]);
  assert.deepEqual(plan({ conditions: [before] }, 3), [{ ...before, observedGeneration: 2 }]);
  const insufficient = { ...before, status: "False", reason: "InsufficientPods", observedGeneration: 2 };
  assert.deepEqual(plan({ conditions: [before] }, 4), [{ ...insufficient, lastTransitionTime: now }]);
});

test("nothing may go while nobody knows how many there are", () => {
  const { disruptionsAllowed, conditions } = failSafe(budgetOf({}, { disruptionsAllowed: 3 }), "why", NOW);
  const [condition] = conditions ?? [];
  assert.deepEqual(
    [disruptionsAllowed, condition?.status, condition?.reason, condition?.message],
    [0, "False", "SyncFailed", "why"],
  );
});

test("only shares, and what may be away, are of the controllers' scale", () => {
  const needs = [{ minAvailable: 1 }, { minAvailable: "10%" }, { maxUnavailable: 1 }, { maxUnavailable: "10%" }];
  assert.deepEqual(
    needs.map((spec) => needsScale(budgetOf(spec))),
    [false, true, true, true],
  );
});

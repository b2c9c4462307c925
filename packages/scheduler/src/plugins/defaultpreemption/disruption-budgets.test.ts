import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Pod } from "@dingi/api";
import { podWith } from "../scheduler-fixture.ts";
import { violations, type DisruptionBudget } from "./disruption-budgets.ts";

const budget = (
  disruptionsAllowed: number | undefined,
  more: Partial<DisruptionBudget["spec"]> & { disruptedPods?: Record<string, string>; namespace?: string } = {},
): DisruptionBudget => {
  const { disruptedPods = {}, namespace = "ns", selector = { matchLabels: { app: "web" } } } = more;
  const allowed = disruptionsAllowed === undefined ? {} : { disruptionsAllowed };
  return { metadata: { name: "b", namespace }, spec: { selector }, status: { ...allowed, disruptedPods } };
};
const web = (): V1Pod => podWith({}, { app: "web" });

test("each pod overdraws what those before it have left of a budget", () => {
  const pods = [web(), web(), web()];
  assert.deepEqual(violations(pods, [budget(1)]), [0, 1, 1]);
  assert.deepEqual(violations(pods, [budget(1), budget(2)]), [0, 1, 2]);
  assert.deepEqual(violations(pods, [budget(undefined)]), [1, 1, 1]);
  assert.deepEqual(violations(pods, []), [0, 0, 0]);
});

test("a budget covers pods of its namespace that it selects, and not those whose end it has counted", () => {
  const pod = web();
  const of = (more: Parameters<typeof budget>[1], one = pod) => violations([one], [budget(0, more)])[0];
  assert.equal(of({}), 1);
  assert.equal(of({ namespace: "other" }), 0);
  assert.equal(of({}, podWith({}, { app: "db" })), 0);
  assert.equal(of({ selector: {} }), 0);
  assert.equal(of({ selector: { matchExpressions: [{ key: "x", operator: "DoesNotExist" }] } }), 1);
  assert.equal(of({ selector: { matchExpressions: [{ key: "x", operator: "DoesNotExist" }] } }, podWith({})), 0);
  assert.equal(of({ disruptedPods: { [pod.metadata.name!]: "2026-01-01T00:00:00Z" } }), 0);
});

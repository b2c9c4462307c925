import assert from "node:assert/strict";
import { test } from "node:test";
import type { V2HPAScalingRules } from "@dingi/api";
import { NOW } from "./autoscaler-fixture.ts";
import { normalizeReplicas } from "./normalize.ts";
import { noHistory, withChange, withRecommendation, type ScalingHistory } from "./scaling-history.ts";

type Normalizing = Parameters<typeof normalizeReplicas>[0];

const SECOND = 1000;

function normalize(wanted: number, more: Partial<Normalizing> = {}) {
  const { replicas, able, limited } = normalizeReplicas({
    wanted,
    minReplicas: 2,
    maxReplicas: 20,
    currentReplicas: 5,
    behavior: undefined,
    history: noHistory,
    downscaleStabilizationMs: 300 * SECOND,
    nowMs: NOW,
    ...more,
  });
  return [replicas, able.reason, limited.reason, limited.isLimited];
}

/** What was recommended or changed so many seconds ago. */
function history(...all: readonly (readonly ["recommended" | "changed", number, number])[]): ScalingHistory {
  return all.reduce<ScalingHistory>((known, [what, count, secondsAgo]) => {
    const atMs = NOW - secondsAgo * SECOND;
    return what === "recommended" ? withRecommendation(known, count, atMs) : withChange(known, count, atMs);
  }, noHistory);
}

test("without a behavior: within the bounds, and at most twice as many at once", () => {
  assert.deepEqual(normalize(7), [7, "ReadyForNewScale", "DesiredWithinRange", false]);
  assert.deepEqual(normalize(1), [2, "ReadyForNewScale", "TooFewReplicas", true]);
  assert.deepEqual(normalize(11), [10, "ReadyForNewScale", "ScaleUpLimit", true]);
  assert.deepEqual(normalize(30, { currentReplicas: 10 }), [20, "ReadyForNewScale", "TooManyReplicas", true]);
  assert.deepEqual(normalize(30, { currentReplicas: 1 }), [4, "ReadyForNewScale", "ScaleUpLimit", true]);
});

test("without a behavior: fewer only once nothing more was recommended for a while", () => {
  const recent = history(["recommended", 9, 301], ["recommended", 6, 300], ["recommended", 3, 10]);
  assert.deepEqual(normalize(3, { history: recent }), [6, "ScaleDownStabilized", "DesiredWithinRange", false]);
  assert.deepEqual(normalize(8, { history: recent }), [8, "ReadyForNewScale", "DesiredWithinRange", false]);
});

const rules = (more: Partial<V2HPAScalingRules>): V2HPAScalingRules => ({
  stabilizationWindowSeconds: 0,
  selectPolicy: "Max",
  policies: [{ type: "Percent", value: 100, periodSeconds: 60 }],
  ...more,
});

test("a behavior's windows hold back in both directions", () => {
  const behavior = {
    scaleUp: rules({ stabilizationWindowSeconds: 60 }),
    scaleDown: rules({ stabilizationWindowSeconds: 120 }),
  };
  const known = history(["recommended", 4, 121], ["recommended", 8, 119], ["recommended", 6, 30]);
  assert.deepEqual(normalize(7, { behavior, history: known }).slice(0, 2), [6, "ScaleUpStabilized"]);
  assert.deepEqual(normalize(3, { behavior, history: known }).slice(0, 2), [5, "ScaleDownStabilized"]);
  assert.deepEqual(normalize(3, { behavior, history: history(["recommended", 4, 119]) }).slice(0, 2), [
    4,
    "ScaleDownStabilized",
  ]);
});

test("without a window of its own a behavior is held back downwards as all are", () => {
  const { stabilizationWindowSeconds: _, ...scaleDown } = rules({});
  const known = history(["recommended", 5, 299]);
  assert.equal(normalize(3, { behavior: { scaleUp: rules({}), scaleDown }, history: known })[0], 5);
  const old = history(["recommended", 5, 301]);
  assert.equal(normalize(3, { behavior: { scaleUp: rules({}), scaleDown }, history: old })[0], 3);
});

const podsAndPercent = [
  { type: "Pods", value: 4, periodSeconds: 60 },
  { type: "Percent", value: 10, periodSeconds: 60 },
];

test("a behavior's policies limit the rate, counted from the beginning of their period", () => {
  const upBy = (scaleUp: V2HPAScalingRules, known = noHistory) =>
    normalize(20, { currentReplicas: 10, history: known, behavior: { scaleUp, scaleDown: rules({}) } });
  assert.deepEqual(upBy(rules({ policies: podsAndPercent })).slice(0, 3), [14, "ReadyForNewScale", "ScaleUpLimit"]);
  // Ten percent of ten and one more: eleven, not 10.99.
  assert.equal(upBy(rules({ policies: podsAndPercent, selectPolicy: "Min" }))[0], 11);
  assert.equal(upBy(rules({ selectPolicy: "Disabled" }))[0], 10);
  const policies = podsAndPercent;
  assert.equal(upBy(rules({ policies }), history(["changed", 3, 59]))[0], 11);
  assert.equal(upBy(rules({ policies }), history(["changed", 3, 60]))[0], 14);
  assert.equal(upBy(rules({ policies }), history(["changed", 6, 30]))[0], 10);
  assert.equal(upBy(rules({ policies }), history(["changed", -2, 30]))[0], 16);
  assert.deepEqual(upBy(rules({ policies: [{ type: "Percent", value: 900, periodSeconds: 60 }] })).slice(0, 3), [
    20,
    "ReadyForNewScale",
    "DesiredWithinRange",
  ]);
});

test("a behavior's policies limit the rate downwards, too", () => {
  const downBy = (scaleDown: V2HPAScalingRules, known = noHistory) =>
    normalize(1, { currentReplicas: 15, history: known, behavior: { scaleUp: rules({}), scaleDown } });
  assert.deepEqual(downBy(rules({ policies: podsAndPercent })).slice(0, 3), [11, "ReadyForNewScale", "ScaleDownLimit"]);
  assert.equal(downBy(rules({ policies: podsAndPercent, selectPolicy: "Min" }))[0], 13);
  assert.equal(downBy(rules({ selectPolicy: "Disabled" }))[0], 15);
  assert.equal(downBy(rules({ policies: podsAndPercent }), history(["changed", -3, 30]))[0], 14);
  assert.deepEqual(downBy(rules({})).slice(0, 3), [2, "ReadyForNewScale", "TooFewReplicas"]);
});

test("what was recommended is remembered before it was stabilized, and not for ever", () => {
  let known = noHistory;
  for (let second = 0; second < 10_000; second += 15) {
    const nowMs = NOW + second * SECOND;
    ({ history: known } = normalizeReplicas({
      wanted: 3,
      minReplicas: 5,
      maxReplicas: 9,
      currentReplicas: 5,
      behavior: undefined,
      history: known,
      downscaleStabilizationMs: 300 * SECOND,
      nowMs,
    }));
  }
  assert.equal(known.recommendations.at(-1)?.count, 3);
  assert.equal(known.recommendations.length, 241);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { autoscaler, cpuUtilization, externalMetric, NOW } from "./autoscaler-fixture.ts";
import { MetricFailure, type Proposal } from "./metric-source.ts";
import { combineMetrics, decideByBounds, decideByMetrics, scaledToZero } from "./plan.ts";
import { noHistory } from "./scaling-history.ts";

const toZero = (status: "True" | "False") => [{ type: "ScaledToZero", status }];
const withQueue = { minReplicas: 0, metrics: [externalMetric] };

test("outside of its bounds a target is brought back whatever is measured", () => {
  const bounds = (replicas: number) => decideByBounds(autoscaler({ minReplicas: 2 }), replicas);
  assert.deepEqual(bounds(11), {
    type: "outside",
    replicas: 10,
    reason: "Current number of replicas above Spec.MaxReplicas",
  });
  assert.deepEqual(bounds(1), {
    type: "outside",
    replicas: 2,
    reason: "Current number of replicas below Spec.MinReplicas",
  });
  assert.deepEqual([bounds(2).type, bounds(10).type], ["within", "within"]);
});

test("what somebody has scaled to nothing stays so; what the controller has comes back", () => {
  const at0 = (...of: Parameters<typeof autoscaler>) => decideByBounds(autoscaler(...of), 0).type;
  assert.equal(at0(), "disabled");
  assert.equal(at0(withQueue), "disabled");
  assert.equal(at0(withQueue, toZero("False")), "disabled");
  assert.equal(at0(withQueue, toZero("True")), "within");
  assert.equal(at0({ minReplicas: 0 }, toZero("True")), "disabled");
  assert.equal(at0({ minReplicas: 1 }, toZero("True")), "within");
});

const proposal = (replicas: number, metric: string): Proposal => ({ replicas, metric, status: { type: metric } });
const failure = (text: string) =>
  new MetricFailure({ failedReason: "FailedGetPodsMetric", frame: (cause) => `framed: ${cause}` }, new Error(text));

test("the metric that asks for most counts, the first of several", () => {
  const {
    highest,
    active,
    statuses,
    failure: wrong,
  } = combineMetrics([proposal(3, "a"), proposal(5, "b"), proposal(5, "c")], 4);
  assert.deepEqual([highest?.replicas, highest?.metric, wrong], [5, "b", undefined]);
  assert.deepEqual(active, {
    type: "ScalingActive",
    status: "True",
    reason: "ValidMetricFound",
    message: "the HPA was able to successfully calculate a replica count from b",
  });
  assert.deepEqual(statuses, [{ type: "a" }, { type: "b" }, { type: "c" }]);
});

test("while a metric is not known there may be more, and not fewer", () => {
  const more = combineMetrics([failure("first"), proposal(4, "b"), failure("second")], 4);
  assert.equal(more.highest?.replicas, 4);
  assert.equal(more.failure?.message, "invalid metrics (2 invalid out of 3), first error is: framed: first");
  assert.deepEqual(more.statuses, [{ type: "" }, { type: "b" }, { type: "" }]);
  const fewer = combineMetrics([proposal(3, "a"), failure("gone")], 4);
  assert.equal(fewer.highest, undefined);
  assert.deepEqual(fewer.active, {
    type: "ScalingActive",
    status: "False",
    reason: "FailedGetPodsMetric",
    message: "the HPA was unable to compute the replica count: gone",
  });
  assert.equal(combineMetrics([failure("all")], 0).highest, undefined);
});

function decide(replicas: number, currentReplicas: number, of: Parameters<typeof autoscaler>[0] = {}) {
  const highest = { replicas, metric: "queue length" };
  const measured = { highest, currentReplicas, history: noHistory, downscaleStabilizationMs: 0, nowMs: NOW };
  const { conditions, ...decided } = decideByMetrics({ ...measured, autoscaler: autoscaler(of) });
  return {
    reason: decided.reason,
    replicas: decided.replicas,
    said: conditions.map(({ type, status, reason }) => `${type} ${status} ${reason}`),
  };
}

test("events tell which metric asks for more, or that all ask for less", () => {
  assert.deepEqual(decide(6, 4), {
    replicas: 6,
    reason: "queue length above target",
    said: ["AbleToScale True ReadyForNewScale", "ScalingLimited False DesiredWithinRange"],
  });
  assert.deepEqual(decide(0, 4), {
    replicas: 1,
    reason: "All metrics below target",
    said: ["AbleToScale True ReadyForNewScale", "ScalingLimited True TooFewReplicas"],
  });
  assert.equal(decide(4, 4).reason, "");
});

test("from nothing there are at once as many as there are to be at least, however slowly it may grow", () => {
  const behavior = { scaleUp: { selectPolicy: "Max", policies: [{ type: "Pods", value: 1, periodSeconds: 15 }] } };
  const { replicas, reason } = decide(0, 0, { minReplicas: 3, behavior });
  assert.deepEqual([replicas, reason], [3, "Current number of replicas below Spec.MinReplicas"]);
});

test("only what the controller takes to nothing by a metric that lasts without pods can come back", () => {
  const reason = (before: number, after: number, of = withQueue) => scaledToZero(autoscaler(of), before, after).reason;
  assert.equal(reason(2, 0), "ScaledToZero");
  assert.equal(reason(2, 1), "NotScaledToZero");
  assert.equal(reason(0, 0), "NotScaledToZero");
  assert.equal(reason(2, 0, { minReplicas: 0, metrics: [cpuUtilization(50)] }), "NotScaledToZero");
  assert.equal(reason(2, 0, { ...withQueue, minReplicas: 1 }), "NotScaledToZero");
});

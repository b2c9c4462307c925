import assert from "node:assert/strict";
import { test } from "node:test";
import { metricsOf, NOW, podsOf, type PodWishes } from "./autoscaler-fixture.ts";
import { replicasByAverage, replicasByShare, replicasByUtilization, replicasByValue } from "./replica-count.ts";

const tolerances = { down: 0.1, up: 0.1 };
const readiness = { cpuInitializationMs: 300_000, initialReadinessDelayMs: 30_000 };
const MINUTE_MS = 60_000;

type Wishes = readonly PodWishes[];

/** By CPU, of which each pod requests one core. */
function byCpu(pods: Wishes, values: readonly (number | undefined)[], utilization = 50): number {
  const situation = { metrics: metricsOf(...values), currentReplicas: pods.length, tolerances, readiness, nowMs: NOW };
  return replicasByUtilization({ ...situation, pods: podsOf(...pods) }, { resource: "cpu", utilization }).replicas;
}

test("as many replicas as bring the utilization to its target, unless it is nearly there", () => {
  assert.equal(byCpu([{}, {}], [1000, 1000]), 4);
  assert.equal(byCpu([{}, {}], [600, 700]), 3);
  assert.equal(byCpu([{}, {}, {}, {}], [250, 250, 250, 250]), 2);
  assert.equal(byCpu([{}, {}], [550, 550]), 2);
  assert.equal(byCpu([{}, {}], [560, 560]), 3);
  assert.equal(byCpu([{}, {}], [450, 450]), 2);
  assert.equal(byCpu([{}, {}], [0, 0]), 0);
});

test("the utilization is rounded down to a percent before it is compared", () => {
  // 55.9 % of 50 % would be more than a tenth too much.
  assert.equal(byCpu([{}, {}], [559, 559]), 2);
});

test("pods of which nothing is known take nothing when there are to be more, and all they may when fewer", () => {
  assert.equal(byCpu([{}, {}, {}], [1000, 1000, undefined]), 4);
  // Two thirds of a core are used at most, so that one that may be busy decides.
  assert.equal(byCpu([{}, {}, {}, {}], [250, 250, 250, undefined]), 4);
  assert.equal(byCpu([{}, {}, {}, {}, {}, {}], [100, 100, 100, 100, 100, undefined]), 3);
  assert.equal(byCpu([{}, {}, {}], [300, 300, undefined], 150), 2);
});

test("what would turn the direction is not done", () => {
  assert.equal(byCpu([{}, {}, {}], [600, 600, undefined]), 3);
  assert.equal(byCpu([{}, {}], [300, undefined]), 2);
});

test("pods that are not ready yet take nothing when there are to be more, and do not count when fewer", () => {
  const starting = { ready: "False", startedMsAgo: MINUTE_MS } as const;
  assert.equal(byCpu([{}, {}, starting], [1000, 1000, 1000]), 4);
  assert.equal(byCpu([{}, {}, { phase: "Pending" }], [1000, 1000, undefined]), 4);
  assert.equal(byCpu([{}, {}, starting], [200, 200, 1000]), 1);
});

test("pods that go or have failed do not count", () => {
  assert.equal(byCpu([{}, { isGoing: true }, { phase: "Failed" }], [1000, 1000, 1000]), 2);
});

test("a pod that has just become ready counts once it was measured for long enough", () => {
  const ready = (changedMsAgo: number) => ({ startedMsAgo: 2 * MINUTE_MS, changedMsAgo });
  assert.throws(() => byCpu([ready(MINUTE_MS - 1000)], [1000]), /did not receive metrics for targeted pods/);
  assert.equal(byCpu([ready(MINUTE_MS)], [1000]), 2);
});

test("a pod that started long ago and never was ready does not count; one that was and is not any more does", () => {
  const unready = (changedAfterMs: number) =>
    ({ ready: "False", startedMsAgo: 10 * MINUTE_MS, changedMsAgo: 10 * MINUTE_MS - changedAfterMs }) as const;
  assert.throws(() => byCpu([unready(29_000)], [1000]), /did not receive metrics/);
  assert.equal(byCpu([unready(31_000)], [1000]), 2);
});

test("without pods, measurements or requests there is no number", () => {
  assert.throws(() => byCpu([], []), /^Error: no pods returned by selector while calculating replica count$/);
  assert.throws(() => byCpu([{}], []), /^Error: did not receive metrics for targeted pods \(pods might be unready\)$/);
  const pods = podsOf({}).map((pod) => ({ ...pod, spec: { containers: [{ name: "main" }] } }));
  const situation = { pods, metrics: metricsOf(1), currentReplicas: 1, tolerances, readiness, nowMs: NOW };
  assert.throws(
    () => replicasByUtilization(situation, { resource: "cpu", utilization: 50 }),
    /^Error: missing request for cpu in container main of Pod pod-0$/,
  );
  assert.throws(
    () => replicasByUtilization(situation, { resource: "cpu", container: "other", utilization: 50 }),
    /^Error: container other not found in Pod pod-0$/,
  );
});

test("the pod's own request counts in place of its containers', unless a container is named", () => {
  const pods = podsOf({}).map((pod) => ({ ...pod, spec: { ...pod.spec, resources: { requests: { cpu: "2" } } } }));
  const situation = { pods, metrics: metricsOf(1000), currentReplicas: 1, tolerances, readiness, nowMs: NOW };
  const utilization = (container?: string) =>
    replicasByUtilization(situation, { resource: "cpu", container, utilization: 50 }).utilization;
  assert.deepEqual([utilization(), utilization("main")], [50, 100]);
});

test("averages of anything", () => {
  const average = (pods: Wishes, values: readonly (number | undefined)[]) => {
    const situation = {
      metrics: metricsOf(...values),
      currentReplicas: pods.length,
      tolerances,
      readiness,
      nowMs: NOW,
    };
    return replicasByAverage({ ...situation, pods: podsOf(...pods) }, { averageValue: 10_000n });
  };
  assert.deepEqual(average([{}, {}], [20_000, 25_000]), { replicas: 5, averageValue: 22_500n });
  assert.deepEqual(average([{}, {}], [10_500, 10_500]), { replicas: 2, averageValue: 10_500n });
  // Only of a resource it is known that it is another one while a pod starts.
  assert.equal(average([{ ready: "False", startedMsAgo: 1000 }], [20_000]).replicas, 2);
  assert.equal(average([{}, {}, {}, {}], [1000, 1000, 1000, undefined]).replicas, 2);
});

test("one value for all pods", () => {
  const byValue = (values: readonly bigint[], currentReplicas: number, pods = podsOf({}, {}, { ready: "False" })) =>
    replicasByValue({ values, tolerances, currentReplicas, pods }, 10_000n);
  assert.deepEqual(byValue([15_000n, 15_000n], 3), { replicas: 6, value: 30_000n });
  assert.equal(byValue([10_900n], 3).replicas, 3);
  assert.equal(byValue([25_000n], 0, []).replicas, 3);
  assert.equal(byValue([0n], 0, []).replicas, 0);
  assert.throws(() => byValue([25_000n], 1, []), /^Error: unable to calculate ready pods: no pods returned/);
  assert.equal(byValue([2n ** 62n, 2n ** 62n], 3).replicas, 2 ** 31 - 1);
});

test("each pod's share of a value", () => {
  const byShare = (values: readonly bigint[], statusReplicas: number) =>
    replicasByShare({ values, tolerances, statusReplicas }, 10_000n);
  assert.deepEqual(byShare([70_000n, 1n], 3), { replicas: 8, averageValue: 23_334n });
  assert.deepEqual(byShare([31_000n], 3), { replicas: 3, averageValue: 10_334n });
  assert.deepEqual(byShare([25_000n], 0), { replicas: 3, averageValue: 25_000n });
});

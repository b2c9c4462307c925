import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Pod } from "@dingi/api";
import { compareForRemoval } from "./removal-order.ts";

const NOW = Date.UTC(2026, 0, 2);
const ago = (seconds: number) => new Date(NOW - seconds * 1000).toISOString();

interface Seen {
  readonly uid?: string;
  readonly nodeName?: string | undefined;
  readonly phase?: string | undefined;
  readonly readyFor?: number | undefined;
  readonly cost?: string;
  readonly restarts?: readonly number[];
  readonly age?: number | undefined;
}
function podOf(seen: Seen): V1Pod {
  const { uid = "m", cost, restarts = [] } = seen;
  const { nodeName, phase, readyFor, age } = { nodeName: "n", phase: "Running", readyFor: 100, age: 1000, ...seen };
  const ready = { type: "Ready", status: "True", lastTransitionTime: ago(readyFor ?? 0) };
  return {
    metadata: {
      uid,
      ...(age === undefined ? {} : { creationTimestamp: ago(age) }),
      ...(cost === undefined ? {} : { annotations: { "controller.kubernetes.io/pod-deletion-cost": cost } }),
    },
    spec: { containers: [], ...(nodeName === undefined ? {} : { nodeName }) },
    status: {
      ...(phase === undefined ? {} : { phase }),
      conditions: readyFor === undefined ? [] : [ready],
      containerStatuses: restarts.map((restartCount) => ({ restartCount })) as never,
    },
  };
}

const CASES: readonly (readonly [string, Seen, Seen])[] = [
  ["who has no node", { nodeName: undefined, cost: "9" }, { phase: "Pending" }],
  ["who is pending", { phase: "Pending", cost: "9" }, { readyFor: undefined }],
  ["who says no phase", { phase: undefined, cost: "9" }, { readyFor: undefined }],
  ["who is unknown", { phase: "Unknown", cost: "9" }, { readyFor: undefined }],
  ["who is pending rather than unknown", { phase: "Pending", cost: "9" }, { phase: "Unknown" }],
  ["who is not ready", { readyFor: undefined, cost: "9" }, { cost: "1" }],
  ["who costs less", { cost: "1", readyFor: 10_000 }, { cost: "2" }],
  ["who costs less than nothing", { cost: "-1", readyFor: 10_000 }, {}],
  ["who has been ready for shorter", { readyFor: 10, age: 10_000 }, { readyFor: 100 }],
  ["who restarted more often", { restarts: [0, 3], age: 10_000 }, { restarts: [2, 2] }],
  ["who restarted at all", { restarts: [1], age: 10_000 }, {}],
  ["who is younger", { age: 100, uid: "z" }, { age: 1000 }],
  ["who says no age", { age: undefined, uid: "z" }, { age: 1000 }],
  ["else who is first by uid", { uid: "a" }, { uid: "b" }],
  ["ages of one magnitude make no difference", { uid: "a", age: 1000 }, { uid: "b", age: 600 }],
  ["nor do times of being ready", { uid: "a", readyFor: 120 }, { uid: "b", readyFor: 70 }],
];
for (const [what, first, second] of CASES)
  test(`removed first: ${what}`, () => {
    const ranked = { rankOf: () => 0, nowMs: NOW };
    assert.ok(compareForRemoval(podOf(first), podOf(second), ranked) < 0);
    assert.ok(compareForRemoval(podOf(second), podOf(first), ranked) > 0);
  });

test("removed first: who is among more of its owner's pods, unless it costs more", () => {
  const rankOf = ({ spec }: V1Pod) => (spec.nodeName === "full" ? 3 : 1);
  const compare = (a: Seen, b: Seen) => compareForRemoval(podOf(a), podOf(b), { rankOf, nowMs: NOW });
  assert.ok(compare({ nodeName: "full", readyFor: 10_000 }, {}) < 0);
  assert.ok(compare({ nodeName: "full", cost: "1" }, {}) > 0);
});

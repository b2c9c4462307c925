import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Node, V1Pod } from "@dingi/api";
import { evictionTimeMs, NOT_READY, unknownConditions, UNREACHABLE, wantedTaints } from "./plan.ts";

const now = "2026-01-01T00:00:10Z";
const nodeOf = (spec: V1Node["spec"], ready?: string): V1Node => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: { name: "n" },
  spec,
  status: ready === undefined ? {} : { conditions: [{ type: "Ready", status: ready }] },
});
const podOf = (spec: Partial<V1Pod["spec"]>): V1Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: {},
  spec: { containers: [], ...spec },
  status: {},
});

test("a silent node's conditions become unknown", () => {
  const conditions = unknownConditions(nodeOf({}, "True"), now);
  const ready = conditions.find(({ type }) => type === "Ready");
  assert.deepEqual([ready?.status, ready?.reason], ["Unknown", "NodeStatusUnknown"]);
  assert.equal(conditions.find(({ type }) => type === "DiskPressure")?.reason, "NodeStatusNeverUpdated");
});

test("taints follow the conditions, and those of others stay", () => {
  const other = { key: "mine", effect: "NoSchedule" };
  const keys = (node: V1Node) => wantedTaints(node, now).map(({ key, effect }) => `${key}:${effect}`);
  const notReady = { key: NOT_READY, effect: "NoSchedule" };
  assert.deepEqual(keys(nodeOf({ taints: [other, notReady] }, "True")), ["mine:NoSchedule"]);
  assert.deepEqual(keys(nodeOf({}, "False")), [`${NOT_READY}:NoSchedule`, `${NOT_READY}:NoExecute`]);
  assert.deepEqual(keys(nodeOf({}, "Unknown")), [`${UNREACHABLE}:NoSchedule`, `${UNREACHABLE}:NoExecute`]);
  assert.deepEqual(keys(nodeOf({ unschedulable: true }, "True")), ["node.kubernetes.io/unschedulable:NoSchedule"]);
  assert.deepEqual(keys(nodeOf({ taints: [notReady] })), [`${NOT_READY}:NoSchedule`]);
});

test("a pod leaves at once, after its toleration, or never", () => {
  const taints = [{ key: UNREACHABLE, effect: "NoExecute", timeAdded: now }];
  const tolerating = (tolerationSeconds?: number) =>
    podOf({
      tolerations: [
        { key: UNREACHABLE, operator: "Exists", ...(tolerationSeconds === undefined ? {} : { tolerationSeconds }) },
      ],
    });
  const since = Date.parse(now);
  assert.equal(evictionTimeMs(podOf({}), taints), since);
  assert.equal(evictionTimeMs(tolerating(300), taints), since + 300_000);
  assert.equal(evictionTimeMs(tolerating(), taints), undefined);
  assert.equal(evictionTimeMs(podOf({}), [{ key: "k", effect: "NoSchedule" }]), undefined);
});

test("each condition that is bad has its taint, and one that is there stays as it is", () => {
  const keysOf = (type: string, status: string) =>
    wantedTaints({ ...nodeOf({}), status: { conditions: [{ type, status }] } }, now).map(({ key }) => key);
  for (const [type, name] of [
    ["MemoryPressure", "memory-pressure"],
    ["DiskPressure", "disk-pressure"],
    ["PIDPressure", "pid-pressure"],
    ["NetworkUnavailable", "network-unavailable"],
  ] as const) {
    assert.deepEqual(keysOf(type, "True"), [`node.kubernetes.io/${name}`]);
    assert.deepEqual(keysOf(type, "False"), []);
  }
  const old = { key: NOT_READY, effect: "NoExecute", timeAdded: "2025-01-01T00:00:00Z" };
  const fresh = wantedTaints(nodeOf({}, "False"), now);
  assert.deepEqual(
    fresh.map(({ timeAdded }) => timeAdded),
    [undefined, now],
  );
  assert.deepEqual(wantedTaints(nodeOf({ taints: [old] }, "False"), now)[1], old);
});

test("what is unknown already stays so, and a node that never spoke says since when it exists", () => {
  const old = { type: "Ready", status: "Unknown", reason: "Mine", lastTransitionTime: "2025-01-01T00:00:00Z" };
  const extra = { type: "Other", status: "True" };
  const node = { ...nodeOf({}), status: { conditions: [old, extra] } };
  const conditions = unknownConditions(
    { ...node, metadata: { name: "n", creationTimestamp: "2024-01-01T00:00:00Z" } },
    now,
  );
  assert.deepEqual(conditions[0], old);
  assert.deepEqual(conditions.at(-1), extra);
  assert.deepEqual(
    [conditions[1]?.lastHeartbeatTime, conditions[1]?.lastTransitionTime, conditions.length],
    ["2024-01-01T00:00:00Z", now, 5],
  );
});

test("a toleration holds for the effect, the key and the value that it names", () => {
  const taint = { key: "k", value: "v", effect: "NoExecute", timeAdded: now };
  const leaves = (toleration: object, more: Partial<V1Pod> = {}) =>
    evictionTimeMs({ ...podOf({ tolerations: [toleration] }), ...more }, [taint]) !== undefined;
  const cases: readonly (readonly [object, boolean])[] = [
    [{ key: "k", value: "v" }, false],
    [{ key: "k", operator: "Equal", value: "v", effect: "NoExecute" }, false],
    [{ key: "k", value: "w" }, true],
    [{ key: "k" }, true],
    [{ key: "x", value: "v" }, true],
    [{ key: "k", operator: "Exists", effect: "NoSchedule" }, true],
    [{ operator: "Exists" }, false],
    [{ value: "v" }, true],
  ];
  for (const [toleration, wanted] of cases) assert.equal(leaves(toleration), wanted, JSON.stringify(toleration));
  assert.equal(leaves({ key: "x" }, { status: { phase: "Succeeded" } }), false);
  assert.equal(leaves({ key: "x" }, { metadata: { deletionTimestamp: now } }), false);
});

test("the shortest of the times that a pod is given counts, and less than none is none", () => {
  const at = Date.parse(now);
  const taint = (key: string, timeAdded?: string) => ({
    key,
    effect: "NoExecute",
    ...(timeAdded ? { timeAdded } : {}),
  });
  const bearing = (seconds: Record<string, number>) =>
    podOf({
      tolerations: Object.entries(seconds).map(([key, tolerationSeconds]) => ({
        key,
        operator: "Exists",
        tolerationSeconds,
      })),
    });
  const both = [taint("a", now), taint("b", now)];
  assert.equal(evictionTimeMs(bearing({ a: 30, b: 20 }), both), at + 20_000);
  assert.equal(evictionTimeMs(bearing({ a: 20, b: 30 }), both), at + 20_000);
  assert.equal(evictionTimeMs(bearing({ a: 20 }), both), at);
  assert.equal(evictionTimeMs(bearing({ a: -5 }), [taint("a", now)]), at);
  assert.equal(evictionTimeMs(bearing({ a: 5 }), [taint("a")]), 5000);
});

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

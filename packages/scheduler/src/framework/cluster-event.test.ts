import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Node, V1Pod } from "@dingi/api";
import { nodeOf, podOf } from "../testing/objects.ts";
import { nodeEvents, podUpdateEvents } from "./cluster-event.ts";

const node = nodeOf({}, { cpu: "1" });
const nodeChanges: readonly (readonly [string, V1Node, readonly string[]])[] = [
  ["a heartbeat", { ...node, status: { ...node.status, conditions: [] } }, []],
  ["more room", nodeOf({}, { cpu: "2" }), ["UpdateNodeAllocatable"]],
  ["a label", { ...node, metadata: { ...node.metadata, labels: { a: "b" } } }, ["UpdateNodeLabel"]],
  ["a taint", nodeOf({ taints: [{ key: "a", effect: "NoSchedule" }] }, { cpu: "1" }), ["UpdateNodeTaint"]],
  ["cordoned", nodeOf({ unschedulable: true }, { cpu: "1" }), []],
  [
    "a condition",
    { ...node, status: { ...node.status, conditions: [{ type: "Ready", status: "True" }] } },
    ["UpdateNodeCondition"],
  ],
];
for (const [name, after, expected] of nodeChanges)
  test(`a node's change is told by what it changes: ${name}`, () =>
    assert.deepEqual(
      nodeEvents(node, after).map(({ action }) => action),
      expected,
    ));

test("a node that is opened, comes or goes", () => {
  const actions = (before?: V1Node, after?: V1Node) => nodeEvents(before, after).map(({ action }) => action);
  assert.deepEqual(actions(nodeOf({ unschedulable: true }, { cpu: "1" }), node), ["UpdateNodeTaint"]);
  assert.deepEqual(actions(undefined, node), ["Add"]);
  assert.deepEqual(actions(node, undefined), ["Delete"]);
});

const asking = (cpu: string, more: Partial<V1Pod> = {}): V1Pod => ({
  ...podOf({ containers: [{ name: "c", resources: { requests: { cpu } } }] }, { uid: "a", labels: { app: "web" } }),
  ...more,
});
const podChanges: readonly (readonly [string, V1Pod, readonly string[]])[] = [
  ["status", asking("1", { status: { phase: "Running" } }), ["UpdatePodOther"]],
  ["labels", asking("1", { metadata: { uid: "a", labels: { app: "db" } } }), ["UpdatePodLabel"]],
  ["less", asking("500m"), ["UpdatePodScaleDown"]],
  ["more", asking("2"), ["UpdatePodOther"]],
  [
    "tolerations",
    asking("1", { spec: { ...asking("1").spec, tolerations: [{ operator: "Exists" }] } }),
    ["UpdatePodToleration"],
  ],
];
for (const [name, after, expected] of podChanges)
  test(`a pod's change is told by what it changes: ${name}`, () =>
    assert.deepEqual(
      podUpdateEvents("AssignedPod", asking("1"), after).map(({ action }) => action),
      expected,
    ));

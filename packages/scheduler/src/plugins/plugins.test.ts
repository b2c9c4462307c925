import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Pod } from "@dingi/api";
import { NodeInfo } from "../cache/node-info.ts";
import { CycleState, SUCCESS, type Plugin, type Status } from "../framework/plugin.ts";
import { nodePorts } from "./nodeports/node-ports.ts";
import { nodeResourcesFit } from "./noderesources/fit.ts";
import { taintToleration } from "./tainttoleration/taint-toleration.ts";
import { nodeOf, podOf } from "../testing/objects.ts";

const asking = (requests: Record<string, string>, uid = "p") =>
  podOf({ containers: [{ name: "a", resources: { requests } }] }, { uid });
const onPort = (hostPort: number, hostIP?: string, uid = "p") =>
  podOf(
    { containers: [{ name: "a", ports: [{ containerPort: 80, hostPort, ...(hostIP ? { hostIP } : {}) }] }] },
    { uid },
  );

function verdict(plugin: Plugin, pod: V1Pod, info: NodeInfo): Status | undefined {
  const state = new CycleState();
  const before = plugin.preFilter?.(state, pod, [info]);
  return before?.code === "skip" ? before : plugin.filter?.(state, pod, info);
}

test("resources: fits exactly, lacks beside others, or never", () => {
  const info = new NodeInfo(nodeOf({}, { cpu: "2", memory: "1Gi", pods: "2" }));
  assert.deepEqual(verdict(nodeResourcesFit, asking({ cpu: "2" }), info), SUCCESS);
  info.addPod(asking({ cpu: "500m" }, "other"));
  assert.deepEqual(verdict(nodeResourcesFit, asking({ cpu: "1500m" }), info), SUCCESS);
  assert.deepEqual(verdict(nodeResourcesFit, asking({ cpu: "1501m" }), info), {
    code: "unschedulable",
    reasons: ["Insufficient cpu"],
  });
  assert.deepEqual(verdict(nodeResourcesFit, asking({ memory: "2Gi" }), info), {
    code: "unresolvable",
    reasons: ["Insufficient memory"],
  });
  info.addPod(asking({}, "third"));
  assert.deepEqual(verdict(nodeResourcesFit, asking({}), info), { code: "unschedulable", reasons: ["Too many pods"] });
});

test("resources: the emptier node scores higher", () => {
  const [empty, busy] = [
    new NodeInfo(nodeOf({}, { cpu: "4", memory: "4Gi" })),
    new NodeInfo(nodeOf({}, { cpu: "4", memory: "4Gi" })),
  ];
  busy.addPod(asking({ cpu: "2", memory: "2Gi" }, "other"));
  const score = (info: NodeInfo) =>
    nodeResourcesFit.score?.(new CycleState(), asking({ cpu: "1", memory: "1Gi" }), info);
  assert.equal(score(empty), 75);
  assert.equal(score(busy), 25);
});

test("taints: hard ones keep off who does not tolerate them, soft ones cost", () => {
  const taint = { key: "k", value: "v", effect: "NoSchedule" };
  const info = new NodeInfo(nodeOf({ taints: [taint] }));
  const tolerant = podOf({ tolerations: [{ key: "k", operator: "Exists" }] });
  assert.equal(verdict(taintToleration, podOf({}), info)?.code, "unresolvable");
  assert.deepEqual(verdict(taintToleration, tolerant, info), SUCCESS);
  const soft = new NodeInfo(nodeOf({ taints: [{ ...taint, effect: "PreferNoSchedule" }] }));
  assert.deepEqual(verdict(taintToleration, podOf({}), soft), SUCCESS);
  assert.equal(taintToleration.score?.(new CycleState(), podOf({}), soft), 1);
  assert.equal(taintToleration.score?.(new CycleState(), tolerant, soft), 0);
});

test("ports: clash on the same address or on all of them", () => {
  const info = new NodeInfo(nodeOf({}));
  info.addPod(onPort(80, "10.0.0.1", "other"));
  assert.equal(verdict(nodePorts, onPort(80), info)?.code, "unschedulable");
  assert.deepEqual(verdict(nodePorts, onPort(80, "10.0.0.2"), info), SUCCESS);
  assert.deepEqual(verdict(nodePorts, onPort(81), info), SUCCESS);
  assert.equal(verdict(nodePorts, podOf({}), info)?.code, "skip");
});

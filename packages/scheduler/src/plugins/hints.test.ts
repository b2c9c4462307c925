import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Pod } from "@dingi/api";
import type { ClusterEvent } from "../framework/cluster-event.ts";
import type { Plugin } from "../framework/plugin.ts";
import { interPodAffinity } from "./interpodaffinity/inter-pod-affinity.ts";
import { nodeAffinity } from "./nodeaffinity/node-affinity.ts";
import { nodeName } from "./nodename/node-name.ts";
import { nodeResourcesFit } from "./noderesources/fit.ts";
import { nodeUnschedulable } from "./nodeunschedulable/node-unschedulable.ts";
import { podTopologySpread } from "./podtopologyspread/pod-topology-spread.ts";
import { asking, nodeWith, podWith, verdicts } from "./scheduler-fixture.ts";
import { taintToleration } from "./tainttoleration/taint-toleration.ts";
import { everything } from "@dingi/apimachinery";
import { nodeOf } from "../testing/objects.ts";

const ZONE = "topology.kubernetes.io/zone";
type Change = Partial<Pick<ClusterEvent, "before" | "after">>;
type Happened = Change & Pick<ClusterEvent, "resource">;

/** Whether the plugin lets a pod that it turned down try again. */
function helps(plugin: Plugin, pod: V1Pod, { resource, ...change }: Happened): boolean {
  const hint = plugin.hints!.find((one) => one.resource === resource)!;
  return hint.worthTrying(pod, { resource, action: hint.actions[0]!, before: undefined, after: undefined, ...change });
}

const term = { topologyKey: ZONE, labelSelector: { matchLabels: { app: "web" } } };
const near = { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
const far = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
const spread = { ...term, maxSkew: 1, whenUnsatisfiable: "DoNotSchedule" };
const [web, db] = [podWith({}, { app: "web" }), podWith({}, { app: "db" })];
const elsewhere = { ...web, metadata: { ...web.metadata, namespace: "other" } };
const tainted = nodeOf({ taints: [{ key: "k", effect: "NoExecute" }] });
const soft = nodeOf({ taints: [{ key: "k", effect: "PreferNoSchedule" }] });
const affinity = interPodAffinity(() => ({}));
const topology = podTopologySpread(() => everything);
const wide = podWith({ topologySpreadConstraints: [spread] });

const CASES: readonly (readonly [string, Plugin, V1Pod, ClusterEvent["resource"], Change, boolean])[] = [
  [
    "the end of who has what it needs",
    nodeResourcesFit,
    asking({ cpu: "1" }),
    "AssignedPod",
    { before: asking({ cpu: "1" }) },
    true,
  ],
  [
    "the end of who has something else",
    nodeResourcesFit,
    asking({ cpu: "1" }),
    "AssignedPod",
    { before: asking({ memory: "1" }) },
    false,
  ],
  ["any end, for who asks for nothing", nodeResourcesFit, podWith({}), "AssignedPod", { before: podWith({}) }, true],
  [
    "a node that is large enough",
    nodeResourcesFit,
    asking({ cpu: "1" }),
    "Node",
    { after: nodeOf({}, { cpu: "1" }) },
    true,
  ],
  [
    "a node that is too small",
    nodeResourcesFit,
    asking({ cpu: "2" }),
    "Node",
    { after: nodeOf({}, { cpu: "1" }) },
    false,
  ],
  ["a node without the resource", nodeResourcesFit, asking({ cpu: "1" }), "Node", { after: nodeOf({}, {}) }, false],
  ["an open node", nodeUnschedulable, podWith({}), "Node", { after: nodeOf({}) }, true],
  ["a cordoned node", nodeUnschedulable, podWith({}), "Node", { after: nodeOf({ unschedulable: true }) }, false],
  ["a node without taints", taintToleration, podWith({}), "Node", { after: nodeOf({}) }, true],
  ["a node with a soft taint", taintToleration, podWith({}), "Node", { after: soft }, true],
  ["a node with a hard taint", taintToleration, podWith({}), "Node", { after: tainted }, false],
  [
    "a node that its selector means",
    nodeAffinity,
    podWith({ nodeSelector: { [ZONE]: "a" } }),
    "Node",
    { after: nodeWith("n", { zone: "a" }).node },
    true,
  ],
  [
    "a node that it does not mean",
    nodeAffinity,
    podWith({ nodeSelector: { [ZONE]: "a" } }),
    "Node",
    { after: nodeWith("n", { zone: "b" }).node },
    false,
  ],
  ["a pod that it wants near", affinity, podWith({ affinity: near }), "AssignedPod", { after: web }, true],
  ["a pod that it wants far, gone", affinity, podWith({ affinity: far }), "AssignedPod", { before: web }, true],
  ["a pod that wants it far, gone", affinity, web, "AssignedPod", { before: podWith({ affinity: far }) }, true],
  ["a pod that neither means", affinity, podWith({ affinity: near }), "AssignedPod", { after: db }, false],
  ["a pod, for who means nobody", affinity, db, "AssignedPod", { after: web }, false],
  ["a pod that is counted", topology, wide, "AssignedPod", { after: web }, true],
  ["a counted pod that is gone", topology, wide, "AssignedPod", { before: web }, true],
  ["a pod that is not counted", topology, wide, "AssignedPod", { after: db }, false],
  ["a pod elsewhere", topology, wide, "AssignedPod", { after: elsewhere }, false],
  [
    "a pod, for soft constraints",
    topology,
    podWith({ topologySpreadConstraints: [{ ...spread, whenUnsatisfiable: "ScheduleAnyway" }] }),
    "AssignedPod",
    { after: web },
    false,
  ],
];
for (const [what, plugin, pod, resource, change, worth] of CASES)
  test(`${plugin.name}: ${what} ${worth ? "is worth a try" : "is not"}`, () =>
    assert.equal(helps(plugin, pod, { resource, ...change }), worth));

test("a pod that names its node gets that one, and a cordoned one takes who tolerates it", () => {
  const nodes = [nodeWith("a", {}), nodeWith("b", {})];
  const other = "node(s) didn't match the requested node name";
  assert.deepEqual(verdicts(nodeName, podWith({ nodeName: "b" }), nodes), [other, "success"]);
  assert.deepEqual(verdicts(nodeName, podWith({}), nodes), ["success", "success"]);
  const cordoned = nodeWith("c", {});
  cordoned.setNode(nodeOf({ unschedulable: true }, {}, "c"));
  const tolerant = podWith({ tolerations: [{ key: "node.kubernetes.io/unschedulable", operator: "Exists" }] });
  const verdictsOf = (pod: V1Pod) => verdicts(nodeUnschedulable, pod, [nodes[0]!, cordoned]);
  assert.deepEqual(verdictsOf(podWith({})), ["success", "node(s) were unschedulable"]);
  assert.deepEqual(verdictsOf(tolerant), ["success", "success"]);
});

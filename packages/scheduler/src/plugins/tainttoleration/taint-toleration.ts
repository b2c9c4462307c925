import { tolerates, type V1Node, type V1Pod, type V1Taint } from "@dingi/api";
import { normalizeScores, SUCCESS, unresolvable, type Plugin } from "../../framework/plugin.ts";

const untolerated = (pod: V1Pod, node: V1Node, effects: readonly string[]): V1Taint | undefined =>
  (node.spec.taints ?? []).find((taint) => effects.includes(taint.effect) && !tolerates(pod.spec.tolerations, taint));

/** Keeps pods off nodes whose taints they do not tolerate, and prefers nodes with few soft ones. Upstream: pkg/scheduler/framework/plugins/tainttoleration */
export const taintToleration: Plugin = {
  name: "TaintToleration",
  filter: (_state, pod, { node }) => {
    const taint = untolerated(pod, node, ["NoSchedule", "NoExecute"]);
    return taint ? unresolvable("node(s) had untolerated taint(s)") : SUCCESS;
  },
  score: (_state, pod, { node }) => {
    const tolerations = (pod.spec.tolerations ?? []).filter(({ effect }) => !effect || effect === "PreferNoSchedule");
    return (node.spec.taints ?? []).filter(
      (taint) => taint.effect === "PreferNoSchedule" && !tolerates(tolerations, taint),
    ).length;
  },
  normalize: (scores) => normalizeScores(scores, true),
  hints: [
    {
      resource: "Node",
      actions: ["Add", "UpdateNodeTaint"],
      worthTrying: (pod, { after }) => untolerated(pod, after as V1Node, ["NoSchedule", "NoExecute"]) === undefined,
    },
    { resource: "TargetPod", actions: ["UpdatePodToleration"], worthTrying: () => true },
  ],
};

import { tolerates, type V1Node } from "@dingi/api";
import { SUCCESS, unresolvable, type Plugin } from "../../framework/plugin.ts";

const TAINT = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" };

/** Cordoned nodes take only pods that tolerate it. Upstream: pkg/scheduler/framework/plugins/nodeunschedulable */
export const nodeUnschedulable: Plugin = {
  name: "NodeUnschedulable",
  filter: (_state, pod, { node }) =>
    !node.spec.unschedulable || tolerates(pod.spec.tolerations, TAINT)
      ? SUCCESS
      : unresolvable("node(s) were unschedulable"),
  hints: [
    {
      resource: "Node",
      actions: ["Add", "UpdateNodeTaint"],
      worthTrying: (_pod, { after }) => !(after as V1Node).spec.unschedulable,
    },
    { resource: "TargetPod", actions: ["UpdatePodToleration"], worthTrying: () => true },
  ],
};

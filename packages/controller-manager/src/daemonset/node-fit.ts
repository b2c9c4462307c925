import { findUntoleratedTaint, matchesRequiredNodeAffinity, type V1DaemonSet, type V1Node } from "@dingi/api";
import { daemonTolerations } from "./daemon-pod.ts";

/** "stays": what runs there may go on, but nothing new is started. */
export type Fit = "runs" | "stays" | "none";

/** Of many nodes, for one set. Upstream: pkg/controller/daemon/daemon_controller.go#nodeShouldRunDaemonPod */
export function fitFor(daemonSet: V1DaemonSet): (node: V1Node) => Fit {
  const tolerations = daemonTolerations(daemonSet);
  const template = daemonSet.spec.template.spec ?? { containers: [] };
  return (node) => {
    if (template.nodeName && template.nodeName !== node.metadata.name) return "none";
    if (!matchesRequiredNodeAffinity(template, node)) return "none";
    const { taints } = node.spec;
    if (!findUntoleratedTaint(taints, tolerations, ["NoSchedule", "NoExecute"])) return "runs";
    return findUntoleratedTaint(taints, tolerations, ["NoExecute"]) ? "none" : "stays";
  };
}

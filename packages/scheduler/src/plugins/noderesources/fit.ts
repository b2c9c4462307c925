import type { V1Node, V1Pod } from "@dingi/api";
import { amountsOf, nonzeroRequestsOf, requestsOf, type NodeInfo } from "../../cache/node-info.ts";
import { MAX_SCORE, SUCCESS, unresolvable, unschedulable, type Plugin } from "../../framework/plugin.ts";

const DEFAULT_MAX_PODS = 110;

/** Why a pod's requests do not fit beside what is there; none when they do. */
function lacking(pod: V1Pod, info: NodeInfo): { reasons: string[]; everPossible: boolean } {
  const reasons: string[] = [];
  let everPossible = true;
  if (info.podCount + 1 > (info.allocatable.get("pods") ?? DEFAULT_MAX_PODS)) reasons.push("Too many pods");
  for (const [resource, wanted] of requestsOf(pod)) {
    if (wanted === 0) continue;
    const capacity = info.allocatable.get(resource) ?? 0;
    if (wanted <= capacity - (info.requested.get(resource) ?? 0)) continue;
    reasons.push(`Insufficient ${resource}`);
    if (wanted > capacity) everPossible = false;
  }
  return { reasons, everPossible };
}

/** Room on the node, and a preference for the emptier one. Upstream: pkg/scheduler/framework/plugins/noderesources/fit.go */
export const nodeResourcesFit: Plugin = {
  name: "NodeResourcesFit",
  filter: (_state, pod, info) => {
    const { reasons, everPossible } = lacking(pod, info);
    if (reasons.length === 0) return SUCCESS;
    return everPossible ? unschedulable(...reasons) : unresolvable(...reasons);
  },
  score: (_state, pod, info) => {
    const shares = ["cpu", "memory"].flatMap((resource) => {
      const capacity = info.allocatable.get(resource) ?? 0;
      if (capacity === 0) return [];
      const used = (info.nonzeroRequested.get(resource) ?? 0) + (nonzeroRequestsOf(pod).get(resource) ?? 0);
      return [used > capacity ? 0 : Math.floor(((capacity - used) * MAX_SCORE) / capacity)];
    });
    return shares.length === 0 ? 0 : Math.floor(shares.reduce((sum, share) => sum + share, 0) / shares.length);
  },
  hints: [
    {
      resource: "AssignedPod",
      actions: ["Delete", "UpdatePodScaleDown"],
      worthTrying: (pod, { before }) => frees(pod, before as V1Pod),
    },
    { resource: "TargetPod", actions: ["UpdatePodScaleDown"], worthTrying: () => true },
    {
      resource: "Node",
      actions: ["Add", "UpdateNodeAllocatable"],
      worthTrying: (pod, { after }) => couldHold(pod, after as V1Node),
    },
  ],
};

function frees(pod: V1Pod, other: V1Pod): boolean {
  const wanted = requestsOf(pod);
  const had = requestsOf(other);
  return wanted.size === 0 || [...wanted.keys()].some((resource) => (had.get(resource) ?? 0) > 0);
}

function couldHold(pod: V1Pod, node: V1Node): boolean {
  const allocatable = amountsOf(node.status.allocatable ?? {});
  return [...requestsOf(pod)].every(([resource, wanted]) => wanted <= (allocatable.get(resource) ?? 0));
}

import { requestsOf } from "../../cache/node-info.ts";
import { MAX_SCORE, SKIP, SUCCESS, type Plugin } from "../../framework/plugin.ts";

/** Prefers nodes whose cpu and memory are used evenly. Upstream: pkg/scheduler/framework/plugins/noderesources/balanced_allocation.go */
export const nodeResourcesBalancedAllocation: Plugin = {
  name: "NodeResourcesBalancedAllocation",
  preScore: (_state, pod) => ([...requestsOf(pod).values()].some((amount) => amount > 0) ? SUCCESS : SKIP),
  score: (_state, pod, info) => {
    const wanted = requestsOf(pod);
    const fractions = ["cpu", "memory"].flatMap((resource) => {
      const capacity = info.allocatable.get(resource) ?? 0;
      return capacity === 0
        ? []
        : [Math.min(1, ((info.requested.get(resource) ?? 0) + (wanted.get(resource) ?? 0)) / capacity)];
    });
    if (fractions.length < 2) return MAX_SCORE;
    return Math.floor((1 - Math.abs(fractions[0]! - fractions[1]!) / 2) * MAX_SCORE);
  },
};

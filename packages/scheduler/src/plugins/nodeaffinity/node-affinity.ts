import { matchesNodeSelector, preferredNodeScore, type V1Node, type V1Pod } from "@dingi/api";
import { normalizeScores, SKIP, SUCCESS, unresolvable, type Plugin } from "../../framework/plugin.ts";

export function matchesAffinity(pod: V1Pod, node: V1Node): boolean {
  const labels = node.metadata.labels ?? {};
  if (!Object.entries(pod.spec.nodeSelector ?? {}).every(([key, value]) => labels[key] === value)) return false;
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return !required || matchesNodeSelector(required, node);
}

/** nodeSelector and node affinity, required and preferred. Upstream: pkg/scheduler/framework/plugins/nodeaffinity */
export const nodeAffinity: Plugin = {
  name: "NodeAffinity",
  preFilter: (_state, { spec }) =>
    spec.nodeSelector || spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution ? SUCCESS : SKIP,
  filter: (_state, pod, { node }) =>
    matchesAffinity(pod, node) ? SUCCESS : unresolvable("node(s) didn't match Pod's node affinity/selector"),
  preScore: (_state, { spec }) =>
    (spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).length > 0 ? SUCCESS : SKIP,
  score: (_state, { spec }, { node }) =>
    preferredNodeScore(spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [], node),
  normalize: (scores) => normalizeScores(scores, false),
  hints: [
    {
      resource: "Node",
      actions: ["Add", "UpdateNodeLabel"],
      worthTrying: (pod, { after }) => matchesAffinity(pod, after as V1Node),
    },
  ],
};

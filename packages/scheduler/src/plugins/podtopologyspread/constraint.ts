import { tolerates, type V1Pod, type V1TopologySpreadConstraint } from "@dingi/api";
import { labelSelectorAsSelector, selectorFromSet, type Selector } from "@dingi/apimachinery";
import type { NodeInfo } from "../../cache/node-info.ts";
import type { GroupedPods } from "../../cache/pod-groups.ts";
import { matchesAffinity } from "../nodeaffinity/node-affinity.ts";

type Action = "DoNotSchedule" | "ScheduleAnyway";

/** A constraint as it is counted by. */
export interface Constraint {
  readonly maxSkew: number;
  readonly topologyKey: string;
  readonly minDomains: number;
  /** Whether nodes count that the pod's affinity excludes. */
  readonly honorAffinity: boolean;
  readonly honorTaints: boolean;
  readonly matches: (labels: Readonly<Record<string, string>>) => boolean;
  /** Nothing at all is counted. */
  readonly empty: boolean;
}

/** Without constraints of its own, a pod spreads over hosts and zones by what it belongs to. */
const DEFAULTS = [
  { maxSkew: 3, topologyKey: "kubernetes.io/hostname" },
  { maxSkew: 5, topologyKey: "topology.kubernetes.io/zone" },
];

export function constraintsOf(pod: V1Pod, action: Action): Constraint[] {
  return (pod.spec.topologySpreadConstraints ?? [])
    .filter(({ whenUnsatisfiable }) => whenUnsatisfiable === action)
    .map((constraint) => read(pod, constraint));
}

export function defaultConstraints(selector: Selector): Constraint[] {
  if (selector.empty) return [];
  const shared = { minDomains: 1, honorAffinity: true, honorTaints: false, empty: false };
  return DEFAULTS.map((one) => ({ ...one, ...shared, matches: (labels) => selector.matches(labels) }));
}

function read(pod: V1Pod, constraint: V1TopologySpreadConstraint): Constraint {
  const own = labelSelectorAsSelector(constraint.labelSelector);
  const labels = pod.metadata.labels ?? {};
  const keyed = (constraint.matchLabelKeys ?? []).flatMap((key) =>
    labels[key] === undefined ? [] : [[key, labels[key]] as const],
  );
  const more = selectorFromSet(Object.fromEntries(keyed));
  return {
    maxSkew: constraint.maxSkew,
    topologyKey: constraint.topologyKey,
    minDomains: constraint.minDomains ?? 1,
    honorAffinity: (constraint.nodeAffinityPolicy ?? "Honor") === "Honor",
    honorTaints: constraint.nodeTaintsPolicy === "Honor",
    matches: (candidate) => own.matches(candidate) && more.matches(candidate),
    empty: own.empty && keyed.length === 0,
  };
}

/** Whether the node's pods count. */
export function includes(constraint: Constraint, pod: V1Pod, { node }: NodeInfo): boolean {
  if (constraint.honorAffinity && !matchesAffinity(pod, node)) return false;
  if (!constraint.honorTaints) return true;
  return (node.spec.taints ?? []).every(
    (taint) => !["NoSchedule", "NoExecute"].includes(taint.effect) || tolerates(pod.spec.tolerations, taint),
  );
}

/** How many pods of the namespace each node has that match. Those that are ending do not count. */
export function countPods(
  constraint: Constraint,
  namespace: string,
  { byLabels }: GroupedPods,
): ReadonlyMap<NodeInfo, number> {
  const counts = new Map<NodeInfo, number>();
  if (constraint.empty) return counts;
  for (const { pod, nodes } of byLabels.in(namespace)) {
    if (pod.metadata.deletionTimestamp || !constraint.matches(pod.metadata.labels ?? {})) continue;
    for (const [node, count] of nodes) counts.set(node, (counts.get(node) ?? 0) + count);
  }
  return counts;
}

export function hasAllKeys(constraints: readonly Constraint[], { node }: NodeInfo): boolean {
  const labels = node.metadata.labels ?? {};
  return constraints.every(({ topologyKey }) => labels[topologyKey] !== undefined);
}

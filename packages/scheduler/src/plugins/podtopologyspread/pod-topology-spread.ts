import type { V1Pod } from "@dingi/api";
import type { Selector } from "@dingi/apimachinery";
import type { NodeInfo } from "../../cache/node-info.ts";
import {
  SKIP,
  SUCCESS,
  unresolvable,
  unschedulable,
  type CycleState,
  type Plugin,
  type PodChange,
  type Status,
} from "../../framework/plugin.ts";
import type { ClusterEvent } from "../../framework/cluster-event.ts";
import { constraintsOf, countPods, hasAllKeys, includes, type Constraint } from "./constraint.ts";
import { normalize, preScore, score } from "./score.ts";

const NAME = "PodTopologySpread";

/** For each constraint, how many matching pods each domain has. */
class Spread {
  readonly constraints: readonly Constraint[];
  readonly counts: readonly Map<string, number>[];

  constructor(constraints: readonly Constraint[], counts = constraints.map(() => new Map<string, number>())) {
    this.constraints = constraints;
    this.counts = counts;
  }

  add(i: number, node: NodeInfo, delta: number): void {
    const value = node.node.metadata.labels?.[this.constraints[i]!.topologyKey] ?? "";
    this.counts[i]!.set(value, (this.counts[i]!.get(value) ?? 0) + delta);
  }

  clone(): Spread {
    return new Spread(
      this.constraints,
      this.counts.map((domains) => new Map(domains)),
    );
  }
}

/** Pods evenly over domains such as zones. Upstream: pkg/scheduler/framework/plugins/podtopologyspread */
export function podTopologySpread(ownersSelector: (pod: V1Pod) => Selector): Plugin {
  return {
    name: NAME,
    preFilter,
    filter,
    adjust,
    preScore: preScore(ownersSelector),
    score,
    normalize,
    hints: [
      { resource: "AssignedPod", actions: ["Add", "UpdatePodLabel", "Delete"], worthTrying: concerns },
      { resource: "TargetPod", actions: ["UpdatePodLabel", "UpdatePodToleration"], worthTrying: () => true },
      {
        resource: "Node",
        actions: ["Add", "Delete", "UpdateNodeLabel", "UpdateNodeTaint"],
        worthTrying: () => true,
      },
    ],
  };
}

function preFilter(state: CycleState, pod: V1Pod, nodes: readonly NodeInfo[]): Status {
  const constraints = constraintsOf(pod, "DoNotSchedule");
  if (constraints.length === 0) return SKIP;
  const spread = new Spread(constraints);
  const { groups } = state.snapshot;
  const counts = constraints.map((constraint) => countPods(constraint, pod.metadata.namespace ?? "", groups));
  for (const node of nodes) {
    if (!hasAllKeys(constraints, node)) continue;
    constraints.forEach((constraint, i) => {
      if (includes(constraint, pod, node)) spread.add(i, node, counts[i]!.get(node) ?? 0);
    });
  }
  state.write(NAME, spread);
  return SUCCESS;
}

function filter(state: CycleState, pod: V1Pod, { node }: NodeInfo): Status {
  const { constraints, counts } = state.read<Spread>(NAME) ?? new Spread([]);
  for (const [i, constraint] of constraints.entries()) {
    const value = node.metadata.labels?.[constraint.topologyKey];
    if (value === undefined)
      return unresolvable("node(s) didn't match pod topology spread constraints (missing required label)");
    const domains = counts[i]!;
    const fewest = domains.size < constraint.minDomains ? 0 : Math.min(...domains.values());
    const itself = constraint.matches(pod.metadata.labels ?? {}) ? 1 : 0;
    if ((domains.get(value) ?? 0) + itself - fewest > constraint.maxSkew)
      return unschedulable("node(s) didn't match pod topology spread constraints");
  }
  return SUCCESS;
}

function adjust(state: CycleState, pod: V1Pod, { other, node, delta }: PodChange): void {
  const spread = state.read<Spread>(NAME);
  if (!spread || other.metadata.namespace !== pod.metadata.namespace || !hasAllKeys(spread.constraints, node)) return;
  spread.constraints.forEach((constraint, i) => {
    if (constraint.matches(other.metadata.labels ?? {}) && includes(constraint, pod, node)) spread.add(i, node, delta);
  });
}

function concerns(pod: V1Pod, { before, after }: ClusterEvent): boolean {
  const constraints = constraintsOf(pod, "DoNotSchedule");
  return [before, after].some(
    (other) =>
      other !== undefined &&
      other.metadata.namespace === pod.metadata.namespace &&
      constraints.some((constraint) => constraint.matches(other.metadata.labels ?? {})),
  );
}

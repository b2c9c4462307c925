import type { V1Pod } from "@dingi/api";
import type { Selector } from "@dingi/apimachinery";
import type { NodeInfo } from "../../cache/node-info.ts";
import { MAX_SCORE, SKIP, SUCCESS, type CycleState, type Status } from "../../framework/plugin.ts";
import { constraintsOf, countPods, defaultConstraints, hasAllKeys, includes, type Constraint } from "./constraint.ts";

const KEY = "PodTopologySpread/score";
const HOSTNAME = "kubernetes.io/hostname";

interface Soft {
  readonly constraints: readonly Constraint[];
  /** Nodes that lack one of the labels: they get nothing. */
  readonly ignored: ReadonlySet<string>;
  readonly counts: readonly ReadonlyMap<string, number>[];
  /** By node: how many pods match, for each constraint. */
  readonly onNode: readonly ReadonlyMap<NodeInfo, number>[];
  /** The more domains, the more a pod too many in one of them matters. */
  readonly weights: readonly number[];
}

const valueOf = ({ node }: NodeInfo, { topologyKey }: Constraint): string => node.metadata.labels?.[topologyKey] ?? "";

/** Upstream: pkg/scheduler/framework/plugins/podtopologyspread/scoring.go */
export const preScore =
  (ownersSelector: (pod: V1Pod) => Selector) =>
  (state: CycleState, pod: V1Pod, nodes: readonly NodeInfo[]): Status => {
    const own = (pod.spec.topologySpreadConstraints ?? []).length > 0;
    const constraints = own ? constraintsOf(pod, "ScheduleAnyway") : defaultConstraints(ownersSelector(pod));
    if (constraints.length === 0) return SKIP;
    const usable = own ? nodes.filter((node) => hasAllKeys(constraints, node)) : nodes;
    const usableNames = new Set(usable.map(({ name }) => name));
    const ignored = new Set(nodes.flatMap(({ name }) => (usableNames.has(name) ? [] : [name])));
    const counts = constraints.map((constraint) => emptyDomains(constraint, usable));
    const { groups } = state.snapshot;
    const onNode = constraints.map((constraint) => countPods(constraint, pod.metadata.namespace ?? "", groups));
    const counted = own ? state.nodes.filter((node) => hasAllKeys(constraints, node)) : state.nodes;
    for (const node of counted) {
      constraints.forEach((constraint, i) => {
        const value = valueOf(node, constraint);
        const known = counts[i]!.get(value);
        if (known === undefined || !includes(constraint, pod, node)) return;
        counts[i]!.set(value, known + (onNode[i]!.get(node) ?? 0));
      });
    }
    const weights = constraints.map(({ topologyKey }, i) =>
      Math.log((topologyKey === HOSTNAME ? usable.length : counts[i]!.size) + 2),
    );
    state.write(KEY, { constraints, ignored, counts, onNode, weights } satisfies Soft);
    return SUCCESS;
  };

/** The domains that matter, empty yet. Each host is its own and is counted when it is scored. */
function emptyDomains(constraint: Constraint, usable: readonly NodeInfo[]): Map<string, number> {
  if (constraint.topologyKey === HOSTNAME) return new Map();
  return new Map(usable.map((node) => [valueOf(node, constraint), 0]));
}

/** How crowded the node's domains are: less is better, until scores are normalized. */
export function score(state: CycleState, _pod: V1Pod, node: NodeInfo): number {
  const { constraints, ignored, counts, onNode, weights } = state.read<Soft>(KEY)!;
  if (ignored.has(node.name)) return 0;
  let total = 0;
  for (const [i, constraint] of constraints.entries()) {
    const value = node.node.metadata.labels?.[constraint.topologyKey];
    if (value === undefined) continue;
    const count = (constraint.topologyKey === HOSTNAME ? onNode[i]!.get(node) : counts[i]!.get(value)) ?? 0;
    total += count * weights[i]! + (constraint.maxSkew - 1);
  }
  return Math.round(total);
}

export function normalize(scores: number[], state: CycleState, nodes: readonly NodeInfo[]): void {
  const { ignored } = state.read<Soft>(KEY)!;
  const usable = scores.filter((_score, i) => !ignored.has(nodes[i]!.name));
  const max = Math.max(0, ...usable);
  const min = Math.min(...usable);
  for (let i = 0; i < scores.length; i++) {
    if (ignored.has(nodes[i]!.name)) scores[i] = 0;
    else scores[i] = max === 0 ? MAX_SCORE : Math.floor((MAX_SCORE * (max + min - scores[i]!)) / max);
  }
}

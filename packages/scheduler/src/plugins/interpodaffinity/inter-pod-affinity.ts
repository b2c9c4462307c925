import type { V1Node, V1Pod } from "@dingi/api";
import type { NodeInfo } from "../../cache/node-info.ts";
import {
  MAX_SCORE,
  SKIP,
  SUCCESS,
  unresolvable,
  unschedulable,
  type CycleState,
  type Plugin,
  type PodChange,
} from "../../framework/plugin.ts";
import type { ClusterEvent } from "../../framework/cluster-event.ts";
import { matches, termsOf, type AffinityTerm, type Labels, type NamespaceLabels } from "./affinity-term.ts";
import { TopologyCounts } from "./topology-counts.ts";

const NAME = "InterPodAffinity";
const SCORE_KEY = `${NAME}/score`;
/** What a pod's hard affinity counts for when others are placed. */
const HARD_WEIGHT = 1;

/** Which domains have what the pod wants near, what it wants far, and who wants it far. */
class Counts {
  readonly near: TopologyCounts;
  readonly far: TopologyCounts;
  readonly shunned: TopologyCounts;

  constructor(near = new TopologyCounts(), far = new TopologyCounts(), shunned = new TopologyCounts()) {
    this.near = near;
    this.far = far;
    this.shunned = shunned;
  }

  clone(): Counts {
    return new Counts(this.near.clone(), this.far.clone(), this.shunned.clone());
  }
}

const labelsOfNode = ({ metadata }: V1Node): Labels => metadata.labels ?? {};

/** What one pod that is there adds to the scores of its node's domains. */
function weigh(
  scores: TopologyCounts,
  pod: V1Pod,
  { other, labels, namespaceLabels }: { other: V1Pod; labels: Labels; namespaceLabels: NamespaceLabels },
): void {
  const add = (term: AffinityTerm, subject: V1Pod, weight: number) => {
    if (matches(term, subject, namespaceLabels)) scores.add(labels, term.topologyKey, weight);
  };
  const own = termsOf(pod);
  const theirs = termsOf(other);
  for (const term of own.preferred) add(term, other, term.weight);
  for (const term of own.preferredAnti) add(term, other, -term.weight);
  for (const term of theirs.required) add(term, pod, HARD_WEIGHT);
  for (const term of theirs.preferred) add(term, pod, term.weight);
  for (const term of theirs.preferredAnti) add(term, pod, -term.weight);
}

/** Pods near to or far from other pods. Upstream: pkg/scheduler/framework/plugins/interpodaffinity */
export function interPodAffinity(namespaceLabels: NamespaceLabels): Plugin {
  const matchesAll = (terms: readonly AffinityTerm[], pod: V1Pod) =>
    terms.length > 0 && terms.every((term) => matches(term, pod, namespaceLabels));

  function count(counts: Counts, pod: V1Pod, { other, node, delta }: PodChange): void {
    const labels = labelsOfNode(node.node);
    const { required, requiredAnti } = termsOf(pod);
    if (matchesAll(required, other))
      for (const { topologyKey } of required) counts.near.add(labels, topologyKey, delta);
    for (const term of requiredAnti)
      if (matches(term, other, namespaceLabels)) counts.far.add(labels, term.topologyKey, delta);
    for (const term of termsOf(other).requiredAnti)
      if (matches(term, pod, namespaceLabels)) counts.shunned.add(labels, term.topologyKey, delta);
  }

  function preFilter(state: CycleState, pod: V1Pod, nodes: readonly NodeInfo[]) {
    const { required, requiredAnti } = termsOf(pod);
    const wants = required.length > 0 || requiredAnti.length > 0;
    const counts = new Counts();
    for (const node of wants ? nodes : state.snapshot.nodesWithAffinity)
      for (const other of wants ? node.pods : node.podsWithAffinity) count(counts, pod, { other, node, delta: 1 });
    if (!wants && counts.shunned.empty) return SKIP;
    state.write(NAME, counts);
    return SUCCESS;
  }

  /** The first of a group has nobody to be near to: it may go anywhere within the topology if it would do for itself. */
  function isNear(counts: Counts, pod: V1Pod, labels: Labels): boolean {
    const { required } = termsOf(pod);
    if (!required.every(({ topologyKey }) => labels[topologyKey] !== undefined)) return false;
    if (required.every(({ topologyKey }) => counts.near.of(labels, topologyKey) > 0)) return true;
    return counts.near.empty && matchesAll(required, pod);
  }

  function filter(state: CycleState, pod: V1Pod, { node }: NodeInfo) {
    const counts = state.read<Counts>(NAME) ?? new Counts();
    const labels = labelsOfNode(node);
    if (!isNear(counts, pod, labels)) return unresolvable("node(s) didn't match pod affinity rules");
    if (termsOf(pod).requiredAnti.some(({ topologyKey }) => counts.far.of(labels, topologyKey) > 0))
      return unschedulable("node(s) didn't match pod anti-affinity rules");
    return counts.shunned.touches(labels)
      ? unschedulable("node(s) didn't satisfy existing pods anti-affinity rules")
      : SUCCESS;
  }

  function preScore(state: CycleState, pod: V1Pod) {
    const { preferred, preferredAnti } = termsOf(pod);
    const wants = preferred.length > 0 || preferredAnti.length > 0;
    const scores = new TopologyCounts();
    for (const node of wants ? state.nodes : state.snapshot.nodesWithAffinity)
      for (const other of wants ? node.pods : node.podsWithAffinity)
        weigh(scores, pod, { other, labels: labelsOfNode(node.node), namespaceLabels });
    if (scores.empty) return SKIP;
    state.write(SCORE_KEY, scores);
    return SUCCESS;
  }

  function concerns(pod: V1Pod, { before, after }: ClusterEvent): boolean {
    const { required, requiredAnti } = termsOf(pod);
    const pods = [before, after].filter((other) => other !== undefined) as V1Pod[];
    return pods.some(
      (other) =>
        matchesAll(required, other) ||
        requiredAnti.some((term) => matches(term, other, namespaceLabels)) ||
        termsOf(other).requiredAnti.some((term) => matches(term, pod, namespaceLabels)),
    );
  }

  return {
    name: NAME,
    preFilter,
    filter,
    adjust: (state, pod, change) => {
      const counts = state.read<Counts>(NAME);
      if (counts) count(counts, pod, change);
    },
    preScore,
    score: (state, _pod, { node }) => state.read<TopologyCounts>(SCORE_KEY)?.total(labelsOfNode(node)) ?? 0,
    normalize: spreadScores,
    hints: [
      { resource: "AssignedPod", actions: ["Add", "UpdatePodLabel", "Delete"], worthTrying: concerns },
      { resource: "TargetPod", actions: ["UpdatePodLabel"], worthTrying: () => true },
      { resource: "Node", actions: ["Add", "UpdateNodeLabel"], worthTrying: () => true },
    ],
  };
}

/** The lowest becomes 0 and the highest 100. */
function spreadScores(scores: number[]): void {
  const min = Math.min(...scores);
  const range = Math.max(...scores) - min;
  for (let i = 0; i < scores.length; i++)
    scores[i] = range > 0 ? Math.floor((MAX_SCORE * (scores[i]! - min)) / range) : 0;
}

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
import { nothing } from "@dingi/apimachinery";
import type { PodGroup, PodGroups } from "../../cache/pod-groups.ts";
import {
  matches,
  termsOf,
  type AffinityTerm,
  type Labels,
  type NamespaceLabels,
  type WeightedTerm,
} from "./affinity-term.ts";
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

/** What a pod that is there counts for, within the topology of a key. */
type Weight = readonly [topologyKey: string, weight: number];

function ownWeights(pod: V1Pod, other: V1Pod, labelsOf: NamespaceLabels): readonly Weight[] {
  const { preferred, preferredAnti } = termsOf(pod);
  return [
    ...weightsOf(preferred, other, { labelsOf, sign: 1 }),
    ...weightsOf(preferredAnti, other, { labelsOf, sign: -1 }),
  ];
}

function theirWeights(pod: V1Pod, other: V1Pod, labelsOf: NamespaceLabels): readonly Weight[] {
  const { required, preferred, preferredAnti } = termsOf(other);
  const hard = required.map((term) => ({ ...term, weight: HARD_WEIGHT }));
  return [
    ...weightsOf([...hard, ...preferred], pod, { labelsOf, sign: 1 }),
    ...weightsOf(preferredAnti, pod, { labelsOf, sign: -1 }),
  ];
}

function weightsOf(
  terms: readonly WeightedTerm[],
  subject: V1Pod,
  { labelsOf, sign }: { readonly labelsOf: NamespaceLabels; readonly sign: 1 | -1 },
): readonly Weight[] {
  return terms
    .filter((term) => matches(term, subject, labelsOf))
    .map(({ topologyKey, weight }) => [topologyKey, sign * weight]);
}

interface Topologies {
  readonly near: readonly string[];
  readonly far: readonly string[];
}

function addAll(counts: TopologyCounts, keys: readonly string[], nodes: PodGroup["nodes"]): void {
  addWeights(
    counts,
    keys.map((key) => [key, 1]),
    nodes,
  );
}

function addWeights(scores: TopologyCounts, weights: readonly Weight[], nodes: PodGroup["nodes"]): void {
  if (weights.length === 0) return;
  for (const [node, count] of nodes)
    for (const [topologyKey, weight] of weights) scores.add(labelsOfNode(node.node), topologyKey, count * weight);
}

function* all(groups: PodGroups): Iterable<PodGroup> {
  for (const namespace of groups.namespaces) yield* groups.in(namespace);
}

/** Those in whose namespaces terms look for pods. */
function* meant(groups: PodGroups, terms: readonly AffinityTerm[], labelsOf: NamespaceLabels): Iterable<PodGroup> {
  const namespaces = new Set(terms.flatMap((term) => [...term.namespaces]));
  const selectors = new Set(terms.map((term) => term.namespaceSelector).filter((one) => one !== nothing));
  if (selectors.size > 0)
    for (const namespace of groups.namespaces)
      if ([...selectors].some((selector) => selector.matches(labelsOf(namespace)))) namespaces.add(namespace);
  for (const namespace of namespaces) yield* groups.in(namespace);
}

function matchesEvery(terms: readonly AffinityTerm[], pod: V1Pod, labelsOf: NamespaceLabels): boolean {
  return terms.length > 0 && terms.every((term) => matches(term, pod, labelsOf));
}

const topologiesOf = (terms: readonly AffinityTerm[]): readonly string[] => terms.map(({ topologyKey }) => topologyKey);

/** Of which topologies another pod counts as near, and as far. */
function wanted(pod: V1Pod, other: V1Pod, labelsOf: NamespaceLabels): Topologies {
  const { required, requiredAnti } = termsOf(pod);
  return {
    near: matchesEvery(required, other, labelsOf) ? topologiesOf(required) : [],
    far: topologiesOf(requiredAnti.filter((term) => matches(term, other, labelsOf))),
  };
}

/** In which topologies another pod does not want the pod. */
function shunning(pod: V1Pod, other: V1Pod, labelsOf: NamespaceLabels): readonly string[] {
  return topologiesOf(termsOf(other).requiredAnti.filter((term) => matches(term, pod, labelsOf)));
}

/** Pods near to or far from other pods. Upstream: pkg/scheduler/framework/plugins/interpodaffinity */
export function interPodAffinity(namespaceLabels: NamespaceLabels): Plugin {
  const matchesAll = (terms: readonly AffinityTerm[], pod: V1Pod) => matchesEvery(terms, pod, namespaceLabels);

  function adjust(state: CycleState, pod: V1Pod, { other, node, delta }: PodChange): void {
    const counts = state.read<Counts>(NAME);
    if (!counts) return;
    const { near, far } = wanted(pod, other, namespaceLabels);
    const there = new Map([[node, delta]]);
    addAll(counts.near, near, there);
    addAll(counts.far, far, there);
    addAll(counts.shunned, shunning(pod, other, namespaceLabels), there);
  }

  function preFilter(state: CycleState, pod: V1Pod) {
    const { required, requiredAnti } = termsOf(pod);
    const { groups } = state.snapshot;
    const counts = new Counts();
    const terms = [...required, ...requiredAnti];
    for (const { pod: other, nodes } of meant(groups.byLabels, terms, namespaceLabels)) {
      const { near, far } = wanted(pod, other, namespaceLabels);
      addAll(counts.near, near, nodes);
      addAll(counts.far, far, nodes);
    }
    for (const { pod: other, nodes } of all(groups.byAffinity))
      addAll(counts.shunned, shunning(pod, other, namespaceLabels), nodes);
    if (terms.length === 0 && counts.shunned.empty) return SKIP;
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
    const { groups } = state.snapshot;
    const scores = new TopologyCounts();
    for (const { pod: other, nodes } of meant(groups.byLabels, [...preferred, ...preferredAnti], namespaceLabels))
      addWeights(scores, ownWeights(pod, other, namespaceLabels), nodes);
    for (const { pod: other, nodes } of all(groups.byAffinity))
      addWeights(scores, theirWeights(pod, other, namespaceLabels), nodes);
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
    adjust,
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

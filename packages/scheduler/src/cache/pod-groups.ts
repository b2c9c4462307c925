import type { V1Pod } from "@dingi/api";
import { ClaimUses } from "./claim-uses.ts";
import type { NodeInfo, PodIndex } from "./node-info.ts";

/** Pods that nobody who asks for the same of them can tell apart, and how many of them each node has. */
export interface PodGroup {
  /** One of them, whose labels or terms are those of all. */
  readonly pod: V1Pod;
  readonly nodes: ReadonlyMap<NodeInfo, number>;
}

interface Group {
  readonly pod: V1Pod;
  readonly nodes: Map<NodeInfo, number>;
}

const NONE: ReadonlyMap<string, PodGroup> = new Map();

/**
 * Pods by what they have in common within a namespace: what is asked of a pod is asked of a group once, and what one pod's
 * scheduling costs hangs on how many groups and nodes there are, and not on how many pods.
 */
export class PodGroups implements PodIndex {
  readonly #traitsOf: (pod: V1Pod) => string | undefined;
  readonly #groups = new Map<string, Map<string, Group>>();

  /** `traitsOf`: what the pods of a group have in common, as a text; undefined for a pod that is not kept. */
  constructor(traitsOf: (pod: V1Pod) => string | undefined) {
    this.#traitsOf = traitsOf;
  }

  get namespaces(): Iterable<string> {
    return this.#groups.keys();
  }

  in(namespace: string): Iterable<PodGroup> {
    return (this.#groups.get(namespace) ?? NONE).values();
  }

  add(pod: V1Pod, node: NodeInfo): void {
    const traits = this.#traitsOf(pod);
    if (traits === undefined) return;
    const namespace = pod.metadata.namespace ?? "";
    const groups = this.#groups.get(namespace) ?? new Map<string, Group>();
    const group = groups.get(traits) ?? { pod, nodes: new Map<NodeInfo, number>() };
    group.nodes.set(node, (group.nodes.get(node) ?? 0) + 1);
    this.#groups.set(namespace, groups.set(traits, group));
  }

  /** The revision of the pod that was added. */
  remove(pod: V1Pod, node: NodeInfo): void {
    const traits = this.#traitsOf(pod);
    if (traits === undefined) return;
    const namespace = pod.metadata.namespace ?? "";
    const groups = this.#groups.get(namespace);
    const group = groups?.get(traits);
    if (!groups || !group) return;
    const left = (group.nodes.get(node) ?? 0) - 1;
    if (left > 0) group.nodes.set(node, left);
    else group.nodes.delete(node);
    if (group.nodes.size > 0) return;
    groups.delete(traits);
    if (groups.size === 0) this.#groups.delete(namespace);
  }
}

/** The ways in which pods are asked for. */
export class GroupedPods implements PodIndex {
  /** By labels; those that are ending are groups of their own. */
  readonly byLabels = new PodGroups(labelTraits);
  /** By what they say of other pods; only those that do. */
  readonly byAffinity = new PodGroups(affinityTraits);
  readonly claims = new ClaimUses();

  add(pod: V1Pod, node: NodeInfo): void {
    this.byLabels.add(pod, node);
    this.byAffinity.add(pod, node);
    this.claims.add(pod);
  }

  remove(pod: V1Pod, node: NodeInfo): void {
    this.byLabels.remove(pod, node);
    this.byAffinity.remove(pod, node);
    this.claims.remove(pod);
  }
}

const known = new WeakMap<V1Pod, string>();

function labelTraits(pod: V1Pod): string {
  const before = known.get(pod);
  if (before !== undefined) return before;
  const { labels = {}, deletionTimestamp } = pod.metadata;
  const names = Object.keys(labels).sort();
  const traits = JSON.stringify([deletionTimestamp !== undefined, ...names.map((name) => [name, labels[name]])]);
  known.set(pod, traits);
  return traits;
}

const knownTerms = new WeakMap<V1Pod, string>();

function affinityTraits(pod: V1Pod): string | undefined {
  const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {};
  if (!podAffinity && !podAntiAffinity) return undefined;
  const traits = knownTerms.get(pod) ?? JSON.stringify([podAffinity, podAntiAffinity]);
  knownTerms.set(pod, traits);
  return traits;
}

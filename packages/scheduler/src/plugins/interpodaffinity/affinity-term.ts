import type { V1Pod, V1PodAffinityTerm } from "@dingi/api";
import { labelSelectorAsSelector, nothing, type Selector } from "@dingi/apimachinery";

export type Labels = Readonly<Record<string, string>>;
/** The labels of a namespace. */
export type NamespaceLabels = (namespace: string) => Labels;

/** A term as it is matched: which pods, within which topology. */
export interface AffinityTerm {
  readonly topologyKey: string;
  readonly namespaces: ReadonlySet<string>;
  readonly namespaceSelector: Selector;
  readonly selector: Selector;
}

export interface WeightedTerm extends AffinityTerm {
  readonly weight: number;
}

/** All terms of a pod. */
interface AffinityTerms {
  readonly required: readonly AffinityTerm[];
  readonly requiredAnti: readonly AffinityTerm[];
  readonly preferred: readonly WeightedTerm[];
  readonly preferredAnti: readonly WeightedTerm[];
}

const known = new WeakMap<V1Pod, AffinityTerms>();

/** Read once for each revision of a pod. */
export function termsOf(pod: V1Pod): AffinityTerms {
  const before = known.get(pod);
  if (before) return before;
  const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {};
  const one = (term: V1PodAffinityTerm) => read(pod, term);
  const weighted = ({ weight, podAffinityTerm }: { weight: number; podAffinityTerm: V1PodAffinityTerm }) => ({
    ...read(pod, podAffinityTerm),
    weight,
  });
  const terms: AffinityTerms = {
    required: (podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map(one),
    requiredAnti: (podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map(one),
    preferred: (podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(weighted),
    preferredAnti: (podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(weighted),
  };
  known.set(pod, terms);
  return terms;
}

/** A term that names neither namespaces nor a selector of them means the pod's own. */
function read(pod: V1Pod, term: V1PodAffinityTerm): AffinityTerm {
  const { topologyKey, labelSelector, namespaces = [], namespaceSelector } = term;
  const own = namespaces.length === 0 && namespaceSelector === undefined;
  return {
    topologyKey,
    namespaces: new Set(own ? [pod.metadata.namespace ?? ""] : namespaces),
    namespaceSelector: namespaceSelector ? labelSelectorAsSelector(namespaceSelector) : nothing,
    selector: labelSelectorAsSelector(labelSelector),
  };
}

export function matches(term: AffinityTerm, pod: V1Pod, labelsOf: NamespaceLabels): boolean {
  const namespace = pod.metadata.namespace ?? "";
  if (!term.namespaces.has(namespace) && !term.namespaceSelector.matches(labelsOf(namespace))) return false;
  return term.selector.matches(pod.metadata.labels ?? {});
}

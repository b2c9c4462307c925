import type { Draft } from "@dingi/apimachinery";
import type { V1Pod, V1PodAffinity, V1PodAffinityTerm, V1TopologySpreadConstraint } from "./pod.gen.ts";

type Labels = Readonly<Record<string, string>>;

/**
 * Writes what `matchLabelKeys` and `mismatchLabelKeys` mean for this pod into the selectors beside them.
 * Upstream: pkg/registry/core/pod/strategy.go#mutatePodAffinity, #mutateTopologySpreadConstraints
 */
export function mergeMatchLabelKeys({ metadata, spec }: Draft<V1Pod>): void {
  const labels = metadata.labels ?? {};
  for (const term of affinityTerms(spec.affinity?.podAffinity)) mergeTerm(term, labels);
  for (const term of affinityTerms(spec.affinity?.podAntiAffinity)) mergeTerm(term, labels);
  for (const constraint of spec.topologySpreadConstraints ?? [])
    merge(constraint, constraint.matchLabelKeys, "In", labels);
}

function affinityTerms(affinity: Draft<V1PodAffinity> | undefined): Draft<V1PodAffinityTerm>[] {
  return [
    ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ podAffinityTerm }) => podAffinityTerm),
    ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
  ];
}

function mergeTerm(term: Draft<V1PodAffinityTerm>, labels: Labels): void {
  merge(term, term.matchLabelKeys, "In", labels);
  merge(term, term.mismatchLabelKeys, "NotIn", labels);
}

type HasSelector = Pick<Draft<V1PodAffinityTerm> | Draft<V1TopologySpreadConstraint>, "labelSelector">;

function merge(
  { labelSelector }: HasSelector,
  keys: readonly string[] | undefined,
  operator: string,
  labels: Labels,
): void {
  if (!labelSelector) return;
  const added = (keys ?? [])
    .filter((key) => Object.hasOwn(labels, key))
    .map((key) => ({ key, operator, values: [labels[key]!] }));
  if (added.length > 0) labelSelector.matchExpressions = [...(labelSelector.matchExpressions ?? []), ...added];
}

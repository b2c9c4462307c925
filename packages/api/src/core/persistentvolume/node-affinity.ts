import { semanticEqual } from "@dingi/apimachinery";
import type { V1NodeSelectorRequirement } from "../node/node.gen.ts";
import type { V1VolumeNodeAffinity } from "./persistentvolume.gen.ts";

/** Upstream: pkg/apis/core/validation/validation.go#betaToGALabel */
const RENAMED: ReadonlyMap<string, string> = new Map([
  ["failure-domain.beta.kubernetes.io/zone", "topology.kubernetes.io/zone"],
  ["failure-domain.beta.kubernetes.io/region", "topology.kubernetes.io/region"],
  ["beta.kubernetes.io/os", "kubernetes.io/os"],
  ["beta.kubernetes.io/arch", "kubernetes.io/arch"],
  ["beta.kubernetes.io/instance-type", "node.kubernetes.io/instance-type"],
]);

/** Nodes are chosen as before, by labels that may go by their new names now. Upstream: …#validatePvNodeAffinity */
export function isSameAffinity(affinity: V1VolumeNodeAffinity | undefined, old: V1VolumeNodeAffinity): boolean {
  const terms = affinity?.required?.nodeSelectorTerms ?? [];
  const before = old.required?.nodeSelectorTerms ?? [];
  if (!affinity?.required || !old.required) return semanticEqual(affinity, old);
  return (
    terms.length === before.length &&
    terms.every((term, i) => {
      const { matchExpressions, matchFields } = before[i]!;
      return isSame(term.matchExpressions, matchExpressions) && isSame(term.matchFields, matchFields);
    })
  );
}

function isSame(
  requirements: readonly V1NodeSelectorRequirement[] = [],
  before: readonly V1NodeSelectorRequirement[] = [],
): boolean {
  if (requirements.length !== before.length) return false;
  return requirements.every((requirement, i) => {
    const old = before[i]!;
    const key = RENAMED.get(old.key) === requirement.key ? requirement.key : old.key;
    return semanticEqual(requirement, { ...old, key });
  });
}

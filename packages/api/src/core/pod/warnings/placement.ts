import type { FieldPath } from "@dingi/apimachinery";
import { nodeLabelDeprecation, nodeSelectorTermWarnings } from "../../node/deprecated-labels.ts";
import type { V1PodAffinityTerm, V1PodSpec } from "../pod.gen.ts";

const NULL_SELECTOR = "a null labelSelector results in matching no pod";
const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";

/** Node labels of the past, and constraints that match nothing. */
export function placementWarnings(spec: V1PodSpec, field: FieldPath): string[] {
  const nodes = spec.affinity?.nodeAffinity;
  const at = field.child("affinity", "nodeAffinity");
  return [
    ...Object.keys(spec.nodeSelector ?? {}).flatMap((key) => {
      const deprecation = nodeLabelDeprecation(key);
      return deprecation ? [`${field.child("nodeSelector").key(key)}: ${deprecation}`] : [];
    }),
    ...(nodes?.[REQUIRED]?.nodeSelectorTerms ?? []).flatMap((term, i) =>
      nodeSelectorTermWarnings(term, false, at.child(REQUIRED, "nodeSelectorTerms").index(i)),
    ),
    ...(nodes?.[PREFERRED] ?? []).flatMap(({ preference }, i) =>
      nodeSelectorTermWarnings(preference, true, at.child(PREFERRED).index(i).child("preference")),
    ),
    ...spreadWarnings(spec, field.child("topologySpreadConstraints")),
  ];
}

function spreadWarnings(spec: V1PodSpec, field: FieldPath): string[] {
  return (spec.topologySpreadConstraints ?? []).flatMap(({ topologyKey, labelSelector }, i) => {
    const deprecation = nodeLabelDeprecation(topologyKey);
    return [
      ...(deprecation ? [`${field.index(i).child("topologyKey")}: ${topologyKey} is ${deprecation}`] : []),
      ...(labelSelector ? [] : [`${field.index(i).child("labelSelector")}: ${NULL_SELECTOR}`]),
    ];
  });
}

export function affinityWarnings({ affinity }: V1PodSpec, field: FieldPath): string[] {
  if (!affinity) return [];
  return (["podAffinity", "podAntiAffinity"] as const).flatMap((name) => [
    ...(affinity[name]?.[REQUIRED] ?? []).flatMap((term, i) =>
      selectorWarnings(term, field.child(name, REQUIRED).index(i)),
    ),
    ...(affinity[name]?.[PREFERRED] ?? []).flatMap(({ podAffinityTerm }, i) =>
      selectorWarnings(podAffinityTerm, field.child(name, PREFERRED).index(i).child("podAffinityTerm")),
    ),
  ]);
}

const selectorWarnings = ({ labelSelector }: V1PodAffinityTerm, field: FieldPath): string[] =>
  labelSelector ? [] : [`${field.child("labelSelector")}: ${NULL_SELECTOR}`];

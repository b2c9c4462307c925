import { isLabelValue, type FieldPath } from "@dingi/apimachinery";
import type { V1NodeSelectorTerm } from "./node.gen.ts";

/** Upstream: pkg/api/node/util.go#deprecatedNodeLabels */
const DEPRECATED: ReadonlyMap<string, string> = new Map([
  ["beta.kubernetes.io/arch", 'deprecated since v1.14; use "kubernetes.io/arch" instead'],
  ["beta.kubernetes.io/os", 'deprecated since v1.14; use "kubernetes.io/os" instead'],
  ["failure-domain.beta.kubernetes.io/region", 'deprecated since v1.17; use "topology.kubernetes.io/region" instead'],
  ["failure-domain.beta.kubernetes.io/zone", 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead'],
  ["beta.kubernetes.io/instance-type", 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead'],
  ["app.kubernetes.io/created-by", "deprecated since v1.9"],
  ["scheduler.alpha.kubernetes.io/preferAvoidPods", "deprecated since v1.22; use Taints and Tolerations instead"],
  ["node-role.kubernetes.io/master", 'use "node-role.kubernetes.io/control-plane" instead'],
]);

/** Why nodes should no longer be chosen by the label `key`; undefined when they may be. */
export function nodeLabelDeprecation(key: string): string | undefined {
  return DEPRECATED.get(key);
}

/** Upstream: …#GetWarningsForNodeSelectorTerm */
export function nodeSelectorTermWarnings(term: V1NodeSelectorTerm, checkValues: boolean, field: FieldPath): string[] {
  return (term.matchExpressions ?? []).flatMap(({ key, values }, i) => {
    const at = field.child("matchExpressions").index(i);
    const deprecation = nodeLabelDeprecation(key);
    const invalid = (checkValues ? (values ?? []) : []).flatMap((value, j) =>
      isLabelValue(value).map((text) => `${at.child("values").index(j)}: ${value} is invalid, ${text}`),
    );
    return [...(deprecation ? [`${at.child("key")}: ${key} is ${deprecation}`] : []), ...invalid];
  });
}

import type { V1RuleWithOperations } from "@dingi/api";
import type { AdmissionAttributes } from "../attributes.ts";
import { isNamespace, namespaceOf, type VersionedResource } from "./resource.ts";

/** Whether a rule is about a request, taken as one for `resource`. Upstream: apiserver/pkg/admission/plugin/webhook/predicates/rules/rules.go */
export function ruleMatches(
  rule: V1RuleWithOperations,
  attributes: AdmissionAttributes,
  { group, version, resource }: VersionedResource,
): boolean {
  return (
    scopeMatches(rule.scope ?? "*", attributes) &&
    includes(rule.operations, attributes.operation) &&
    includes(rule.apiGroups, group) &&
    includes(rule.apiVersions, version) &&
    (rule.resources ?? []).some((name) => nameMatches(name, resource, attributes.subresource))
  );
}

function includes(items: readonly string[] = [], wanted: string): boolean {
  return items.includes("*") || items.includes(wanted);
}

function scopeMatches(scope: string, attributes: AdmissionAttributes): boolean {
  if (scope === "*") return true;
  const isOfCluster = isNamespace(attributes) || namespaceOf(attributes) === "";
  return scope === "Cluster" ? isOfCluster : scope === "Namespaced" && !isOfCluster;
}

/** "pods", "pods/log", "pods/*", "*" */
function nameMatches(name: string, resource: string, subresource: string): boolean {
  const slash = name.indexOf("/");
  const [first, second] = slash < 0 ? [name, ""] : [name.slice(0, slash), name.slice(slash + 1)];
  return (first === "*" || first === resource) && (second === "*" || second === subresource);
}

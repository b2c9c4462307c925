import type { V1PolicyRule } from "@dingi/api";
import type { AuthorizationAttributes } from "../authorizer.ts";

/** Upstream: plugin/pkg/auth/authorizer/rbac/rbac.go#RuleAllows */
export function ruleAllows(rule: V1PolicyRule, attributes: AuthorizationAttributes): boolean {
  if (!has(rule.verbs, attributes.verb)) return false;
  if (!attributes.isResource) return (rule.nonResourceURLs ?? []).some((url) => urlMatches(url, attributes.path));
  return (
    has(rule.apiGroups, attributes.group) &&
    resourceMatches(rule.resources, attributes) &&
    nameMatches(rule.resourceNames, attributes.name)
  );
}

function has(list: readonly string[] | undefined, value: string): boolean {
  return (list ?? []).some((entry) => entry === "*" || entry === value);
}

function resourceMatches(
  resources: readonly string[] | undefined,
  { resource, subresource }: AuthorizationAttributes,
): boolean {
  const combined = subresource === "" ? resource : `${resource}/${subresource}`;
  return (resources ?? []).some(
    (entry) => entry === "*" || entry === combined || (subresource !== "" && entry === `*/${subresource}`),
  );
}

function nameMatches(names: readonly string[] | undefined, name: string): boolean {
  return (names ?? []).length === 0 || names!.includes(name);
}

function urlMatches(pattern: string, path: string): boolean {
  if (pattern === "*" || pattern === path) return true;
  return pattern.endsWith("*") && path.startsWith(pattern.replace(/\*+$/, ""));
}

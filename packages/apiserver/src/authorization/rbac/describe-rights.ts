import type { V1PolicyRule } from "@dingi/api";
import { goQuote } from "@dingi/apimachinery";

/** A longer list helps nobody, and an answer has to stay small. */
const MAX_LINES = 100;

/** Single rights in as few lines as there are resources, sorted. Upstream: pkg/registry/rbac/validation/policy_compact.go#CompactRules */
export function describeRights(rights: readonly V1PolicyRule[]): string {
  const lines = [...new Set(compact(rights).map(describeRule))].sort();
  const rest = lines.length - MAX_LINES;
  return [...lines.slice(0, MAX_LINES), ...(rest > 0 ? [`… and ${rest} more`] : [])].join("\n");
}

/** Those that differ by their verb alone become one. */
function compact(rights: readonly V1PolicyRule[]): readonly V1PolicyRule[] {
  const byTarget = new Map<string, V1PolicyRule>();
  const paths: V1PolicyRule[] = [];
  for (const right of rights) {
    if (right.nonResourceURLs) {
      paths.push(right);
      continue;
    }
    const target = JSON.stringify([right.apiGroups, right.resources, right.resourceNames]);
    const known = byTarget.get(target);
    byTarget.set(target, known ? { ...known, verbs: [...known.verbs, ...right.verbs] } : right);
  }
  return [...paths, ...byTarget.values()];
}

/** Upstream: pkg/apis/rbac/v1/evaluation_helpers.go#CompactString */
function describeRule(rule: V1PolicyRule): string {
  const parts = [
    ["APIGroups", rule.apiGroups],
    ["Resources", rule.resources],
    ["NonResourceURLs", rule.nonResourceURLs],
    ["ResourceNames", rule.resourceNames],
    ["Verbs", rule.verbs],
  ] as const;
  return `{${parts.flatMap(([name, list]) => (list?.length ? [`${name}:${quoteList(list)}`] : [])).join(", ")}}`;
}

/** As Go prints a list of strings with %q. */
export function quoteList(list: readonly string[]): string {
  return `[${list.map(goQuote).join(" ")}]`;
}

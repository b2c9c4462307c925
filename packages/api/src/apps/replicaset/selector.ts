import type { V1LabelSelector, V1LabelSelectorRequirement } from "@dingi/apimachinery";

type Labels = Readonly<Record<string, string>>;

/** The text of a selector as `kubectl -l` takes it; empty without requirements. */
export function selectorText(selector: V1LabelSelector | undefined): string {
  const equal = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => ({ key, text: `${key}=${value}` }));
  const others = (selector?.matchExpressions ?? []).map((requirement) => ({
    key: requirement.key,
    text: requirementText(requirement),
  }));
  return [...equal, ...others]
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ text }) => text)
    .join(",");
}

function requirementText({ key, operator, values = [] }: V1LabelSelectorRequirement): string {
  if (operator === "Exists") return key;
  if (operator === "DoesNotExist") return `!${key}`;
  return `${key} ${operator.toLowerCase()} (${values.toSorted().join(",")})`;
}

/** Every requirement holds. A selector without requirements matches everything. */
export function selectorMatches({ matchLabels = {}, matchExpressions = [] }: V1LabelSelector, labels: Labels): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value) &&
    matchExpressions.every((requirement) => requirementMatches(requirement, labels))
  );
}

function requirementMatches({ key, operator, values = [] }: V1LabelSelectorRequirement, labels: Labels): boolean {
  const has = Object.hasOwn(labels, key);
  if (operator === "Exists") return has;
  if (operator === "DoesNotExist") return !has;
  const among = has && values.includes(labels[key]!);
  return operator === "In" ? among : !among;
}

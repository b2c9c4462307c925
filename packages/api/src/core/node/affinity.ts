import type { V1Affinity } from "../pod/pod.gen.ts";
import type {
  V1Node,
  V1NodeSelector,
  V1NodeSelectorRequirement,
  V1NodeSelectorTerm,
  V1PreferredSchedulingTerm,
} from "./node.gen.ts";

type Labels = Readonly<Record<string, string>>;

/** Any term matches; a term without requirements matches nothing. Upstream: component-helpers/scheduling/corev1/nodeaffinity/nodeaffinity.go */
export function matchesNodeSelector(selector: V1NodeSelector, node: V1Node): boolean {
  return selector.nodeSelectorTerms.some((term) => matchesNodeSelectorTerm(term, node));
}

export function matchesNodeSelectorTerm(
  { matchExpressions = [], matchFields = [] }: V1NodeSelectorTerm,
  node: V1Node,
): boolean {
  if (matchExpressions.length === 0 && matchFields.length === 0) return false;
  const labels = node.metadata.labels ?? {};
  const fields = node.metadata.name ? { "metadata.name": node.metadata.name } : {};
  return (
    matchExpressions.every((requirement) => matchesRequirement(requirement, labels)) &&
    matchFields.every((requirement) => matchesField(requirement, fields))
  );
}

function matchesField({ key, operator, values = [] }: V1NodeSelectorRequirement, fields: Labels): boolean {
  if (values.length !== 1) return false;
  const equal = (Object.hasOwn(fields, key) ? fields[key] : "") === values[0];
  return operator === "In" ? equal : operator === "NotIn" && !equal;
}

function matchesRequirement({ key, operator, values = [] }: V1NodeSelectorRequirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "Gt":
    case "Lt":
      return compares(operator, value, values);
    default:
      return false;
  }
}

function compares(operator: "Gt" | "Lt", value: string | undefined, values: readonly string[]): boolean {
  if (value === undefined || values.length !== 1 || !isInteger(value) || !isInteger(values[0]!)) return false;
  const [left, right] = [BigInt(value), BigInt(values[0]!)];
  return operator === "Gt" ? left > right : left < right;
}

const isInteger = (text: string): boolean => /^[-+]?[0-9]{1,19}$/.test(text) && !text.startsWith("+");

/** What a pod demands of its node: `nodeSelector` and required node affinity. */
export function matchesRequiredNodeAffinity(
  spec: { readonly nodeSelector?: Labels | undefined; readonly affinity?: V1Affinity | undefined },
  node: V1Node,
): boolean {
  const labels = node.metadata.labels ?? {};
  for (const [key, value] of Object.entries(spec.nodeSelector ?? {})) if (labels[key] !== value) return false;
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return !required || matchesNodeSelector(required, node);
}

/** The sum of the weights of the terms that match. */
export function preferredNodeScore(terms: readonly V1PreferredSchedulingTerm[], node: V1Node): number {
  return terms.reduce(
    (sum, { weight, preference }) => (matchesNodeSelectorTerm(preference, node) ? sum + weight : sum),
    0,
  );
}

import {
  forbidden,
  invalid,
  isDns1123Label,
  isDns1123Subdomain,
  isLabelValue,
  required,
  validateLabelName,
  validateLabelSelector,
  type FieldError,
  type FieldPath,
  type V1LabelSelector,
} from "@dingi/apimachinery";
import type {
  V1NodeAffinity,
  V1NodeSelector,
  V1NodeSelectorRequirement,
  V1NodeSelectorTerm,
} from "../../node/node.gen.ts";
import type { V1Affinity, V1PodAffinity, V1PodAffinityTerm } from "../pod.gen.ts";

const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";
const NO_OPERATOR = "not a valid selector operator";

/** Upstream: pkg/apis/core/validation/validation.go#validateAffinity */
export function validateAffinity(
  { nodeAffinity, podAffinity, podAntiAffinity }: V1Affinity,
  field: FieldPath,
): FieldError[] {
  return [
    ...(nodeAffinity ? nodeAffinityErrors(nodeAffinity, field.child("nodeAffinity")) : []),
    ...(podAffinity ? podAffinityErrors(podAffinity, field.child("podAffinity")) : []),
    ...(podAntiAffinity ? podAffinityErrors(podAntiAffinity, field.child("podAntiAffinity")) : []),
  ];
}

function nodeAffinityErrors(affinity: V1NodeAffinity, field: FieldPath): FieldError[] {
  const needed = affinity[REQUIRED];
  return [
    ...(needed ? validateNodeSelector(needed, field.child(REQUIRED)) : []),
    ...(affinity[PREFERRED] ?? []).flatMap(({ weight, preference }, i) => [
      ...weightErrors(weight, field.child(PREFERRED).index(i).child("weight")),
      ...termErrors(preference ?? {}, field.child(PREFERRED).index(i).child("preference"), true),
    ]),
  ];
}

/** Upstream: …#ValidateNodeSelector */
export function validateNodeSelector(
  { nodeSelectorTerms }: V1NodeSelector,
  field: FieldPath,
  anyValue = false,
): FieldError[] {
  const at = field.child("nodeSelectorTerms");
  if (!nodeSelectorTerms?.length) return [required(at, "must have at least one node selector term")];
  return nodeSelectorTerms.flatMap((term, i) => termErrors(term, at.index(i), anyValue));
}

const weightErrors = (weight: number, field: FieldPath): FieldError[] =>
  weight > 0 && weight <= 100 ? [] : [invalid(field, weight, "must be in the range 1-100")];

function termErrors(
  { matchExpressions = [], matchFields = [] }: V1NodeSelectorTerm,
  field: FieldPath,
  anyValue: boolean,
): FieldError[] {
  return [
    ...matchExpressions.flatMap((requirement, i) =>
      requirementErrors(requirement, field.child("matchExpressions").index(i), anyValue),
    ),
    ...matchFields.flatMap((requirement, i) =>
      fieldRequirementErrors(requirement, field.child("matchFields").index(i)),
    ),
  ];
}

function requirementErrors(
  { key, operator, values = [] }: V1NodeSelectorRequirement,
  field: FieldPath,
  anyValue: boolean,
): FieldError[] {
  const at = field.child("values");
  const errors = [...operatorErrors(operator, values, field), ...validateLabelName(key ?? "", field.child("key"))];
  if (anyValue) return errors;
  return [
    ...errors,
    ...values.flatMap((value, i) => isLabelValue(value).map((text) => invalid(at.index(i), value, text))),
  ];
}

function operatorErrors(operator: string, values: readonly string[], field: FieldPath): FieldError[] {
  const at = field.child("values");
  switch (operator) {
    case "In":
    case "NotIn":
      return values.length > 0 ? [] : [required(at, "must be specified when `operator` is 'In' or 'NotIn'")];
    case "Exists":
    case "DoesNotExist":
      return values.length === 0
        ? []
        : [forbidden(at, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")];
    case "Gt":
    case "Lt":
      return values.length === 1
        ? []
        : [required(at, "must be specified single value when `operator` is 'Lt' or 'Gt'")];
    default:
      return [invalid(field.child("operator"), operator, NO_OPERATOR)];
  }
}

function fieldRequirementErrors(
  { key, operator, values = [] }: V1NodeSelectorRequirement,
  field: FieldPath,
): FieldError[] {
  const errors: FieldError[] = [];
  if (operator !== "In" && operator !== "NotIn") errors.push(invalid(field.child("operator"), operator, NO_OPERATOR));
  else if (values.length !== 1) {
    errors.push(
      required(
        field.child("values"),
        "must be only one value when `operator` is 'In' or 'NotIn' for node field selector",
      ),
    );
  }
  if (key !== "metadata.name") return [...errors, invalid(field.child("key"), key, "not a valid field selector key")];
  const nameErrors = values.flatMap((value, i) =>
    isDns1123Subdomain(value).map((text) => invalid(field.child("values").index(i), value, text)),
  );
  return [...errors, ...nameErrors];
}

function podAffinityErrors(affinity: V1PodAffinity, field: FieldPath): FieldError[] {
  return [
    ...(affinity[REQUIRED] ?? []).flatMap((term, i) => podTermErrors(term, field.child(REQUIRED).index(i))),
    ...(affinity[PREFERRED] ?? []).flatMap(({ weight, podAffinityTerm }, i) => [
      ...weightErrors(weight, field.child(PREFERRED).index(i).child("weight")),
      ...podTermErrors(podAffinityTerm, field.child(PREFERRED).index(i).child("podAffinityTerm")),
    ]),
  ];
}

function podTermErrors(term: V1PodAffinityTerm, field: FieldPath): FieldError[] {
  const { labelSelector, namespaceSelector, namespaces = [], topologyKey, matchLabelKeys, mismatchLabelKeys } = term;
  return [
    ...validateLabelSelector(labelSelector, field.child("labelSelector")),
    ...validateLabelSelector(namespaceSelector, field.child("namespaceSelector")),
    ...namespaces.flatMap((name) => isDns1123Label(name).map((text) => invalid(field.child("namespace"), name, text))),
    ...validateMatchLabelKeys(labelSelector, matchLabelKeys ?? [], mismatchLabelKeys ?? [], field),
    ...(topologyKey ? [] : [required(field.child("topologyKey"), "can not be empty")]),
    ...validateLabelName(topologyKey ?? "", field.child("topologyKey")),
  ];
}

/** Upstream: …#ValidateMatchLabelKeysAndMismatchLabelKeys */
export function validateMatchLabelKeys(
  selector: V1LabelSelector | undefined,
  keys: readonly string[],
  mismatched: readonly string[],
  field: FieldPath,
): FieldError[] {
  const mismatching = new Set(mismatched);
  const both = keys.flatMap((key, i) =>
    mismatching.has(key)
      ? [invalid(field.child("matchLabelKeys").index(i), key, "exists in both matchLabelKeys and mismatchLabelKeys")]
      : [],
  );
  return [
    ...labelKeyErrors(selector, keys, field.child("matchLabelKeys")),
    ...labelKeyErrors(selector, mismatched, field.child("mismatchLabelKeys")),
    ...repeatedKeyErrors(selector, keys, field),
    ...both,
  ];
}

function labelKeyErrors(
  selector: V1LabelSelector | undefined,
  keys: readonly string[],
  field: FieldPath,
): FieldError[] {
  if (keys.length === 0) return [];
  if (!selector) return [forbidden(field, "must not be specified when labelSelector is not set")];
  return keys.flatMap((key, i) => validateLabelName(key, field.index(i)));
}

/** The keys were merged into the selector on creation; what the writer put there too comes twice. */
function repeatedKeyErrors(
  selector: V1LabelSelector | undefined,
  keys: readonly string[],
  field: FieldPath,
): FieldError[] {
  const seen = new Set(Object.keys(selector?.matchLabels ?? {}));
  const last = new Map(keys.map((key, i) => [key, i]));
  return (selector?.matchExpressions ?? []).flatMap(({ key }) => {
    const i = last.get(key);
    const errors =
      i !== undefined && seen.has(key)
        ? [invalid(field.index(i), key, "exists in both matchLabelKeys and labelSelector")]
        : [];
    seen.add(key);
    return errors;
  });
}

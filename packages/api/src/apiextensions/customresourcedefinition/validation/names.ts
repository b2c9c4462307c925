import {
  invalid,
  isDns1035Label,
  isDns1123Subdomain,
  NAME_CHECKS,
  required,
  type FieldError,
  type FieldPath,
  type NameCheck,
} from "@dingi/apimachinery";
import type { V1CustomResourceDefinition, V1CustomResourceDefinitionNames } from "../customresourcedefinition.gen.ts";

/** A definition is named after what it defines. */
export function definitionNameCheck({ spec }: V1CustomResourceDefinition): NameCheck {
  const wanted = `${spec.names?.plural ?? ""}.${spec.group ?? ""}`;
  return (name, isPrefix) => [
    ...NAME_CHECKS.subdomain(name, isPrefix),
    ...(name === wanted ? [] : ['must be spec.names.plural+"."+spec.group']),
  ];
}

export function groupErrors(group: string, field: FieldPath): FieldError[] {
  if (group === "") return [required(field)];
  const problems = isDns1123Subdomain(group);
  if (problems.length > 0) return [invalid(field, group, problems.join(","))];
  return group.includes(".") ? [] : [invalid(field, group, "should be a domain with at least one dot")];
}

export function requiredNameErrors(names: V1CustomResourceDefinitionNames, field: FieldPath): FieldError[] {
  const all = ["plural", "singular", "kind", "listKind"] as const;
  return all.filter((name) => !names[name]).map((name) => required(field.child(name)));
}

const MIXED_CASE = "may have mixed case, but should otherwise match: ";

/** Upstream: apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go#ValidateCustomResourceDefinitionNames */
export function namesErrors(names: V1CustomResourceDefinitionNames, field: FieldPath): FieldError[] {
  const { plural = "", singular = "", kind = "", listKind = "", shortNames, categories } = names;
  const same = kind !== "" && kind === listKind;
  return [
    ...labelErrors(plural, field.child("plural")),
    ...labelErrors(singular, field.child("singular")),
    ...kindErrors(kind, field.child("kind")),
    ...kindErrors(listKind, field.child("listKind")),
    ...listErrors(shortNames, field.child("shortNames")),
    ...(same ? [invalid(field.child("listKind"), listKind, "kind and listKind may not be the same")] : []),
    ...listErrors(categories, field.child("categories")),
  ];
}

/** All problems of a label in one error. */
export function joinedLabelErrors(label: string, field: FieldPath): FieldError[] {
  const problems = isDns1035Label(label);
  return problems.length > 0 ? [invalid(field, label, problems.join(","))] : [];
}

const labelErrors = (label: string, field: FieldPath): FieldError[] =>
  label === "" ? [] : joinedLabelErrors(label, field);

const listErrors = (labels: readonly string[] | undefined, field: FieldPath): FieldError[] =>
  (labels ?? []).flatMap((label, i) => joinedLabelErrors(label, field.index(i)));

function kindErrors(kind: string, field: FieldPath): FieldError[] {
  if (kind === "") return [];
  const problems = isDns1035Label(kind.toLowerCase());
  return problems.length > 0 ? [invalid(field, kind, MIXED_CASE + problems.join(","))] : [];
}

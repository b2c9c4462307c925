import { duplicate, required, validateLabelName, type FieldError, type FieldPath } from "@dingi/apimachinery";
import type { V1TopologySelectorLabelRequirement, V1TopologySelectorTerm } from "./storageclass.gen.ts";

/** Two terms are the same whatever the order of their keys and values. Upstream: pkg/apis/storage/validation/validation.go#validateAllowedTopologies */
export function validateAllowedTopologies(terms: readonly V1TopologySelectorTerm[], field: FieldPath): FieldError[] {
  // Upstream begins with as many empty terms as there are terms: an empty one repeats all of these.
  const seen = new Map([[canonicalText({}), terms.length]]);
  return terms.flatMap((term, i) => {
    const at = field.index(i).child("matchLabelExpressions");
    const text = canonicalText(term);
    const before = seen.get(text) ?? 0;
    seen.set(text, before + 1);
    return [...termErrors(term, at), ...Array.from({ length: before }, () => duplicate(at, ""))];
  });
}

function canonicalText({ matchLabelExpressions = [] }: V1TopologySelectorTerm): string {
  const byKey = new Map(matchLabelExpressions.map(({ key, values }) => [key, [...new Set(values)].sort()]));
  return JSON.stringify([...byKey].sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** Upstream: pkg/apis/core/validation/validation.go#ValidateTopologySelectorTerm */
function termErrors({ matchLabelExpressions = [] }: V1TopologySelectorTerm, field: FieldPath): FieldError[] {
  const keys = new Set<string>();
  return matchLabelExpressions.flatMap((requirement, i) => {
    const { key } = requirement;
    const errors = requirementErrors(requirement, field.index(i));
    if (keys.has(key)) errors.push(duplicate(field.index(i).child("key"), key));
    keys.add(key);
    return errors;
  });
}

function requirementErrors(requirement: V1TopologySelectorLabelRequirement, field: FieldPath): FieldError[] {
  const { key } = requirement;
  const values = requirement.values ?? [];
  const at = field.child("values");
  const seen = new Set<string>();
  const errors = values.length === 0 ? [required(at)] : [];
  for (const [i, value] of values.entries()) {
    if (seen.has(value)) errors.push(duplicate(at.index(i), value));
    seen.add(value);
  }
  return [...errors, ...validateLabelName(key ?? "", field.child("key"))];
}

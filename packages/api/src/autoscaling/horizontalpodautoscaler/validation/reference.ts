import { groupOf, invalid, isPathSegmentName, required, type FieldError, type FieldPath } from "@dingi/apimachinery";
import type { V2CrossVersionObjectReference } from "../horizontalpodautoscaler.gen.ts";

export interface ReferenceOptions {
  /** It was there before, and need not be right. */
  readonly anyVersion: boolean;
  readonly coreGroup: boolean;
}

/** Upstream: pkg/apis/autoscaling/validation/validation.go#ValidateCrossVersionObjectReference */
export function referenceErrors(
  reference: V2CrossVersionObjectReference,
  options: ReferenceOptions,
  field: FieldPath,
): FieldError[] {
  const errors = (["kind", "name"] as const).flatMap((name) => {
    const value = reference[name] ?? "";
    if (value === "") return [required(field.child(name))];
    return isPathSegmentName(value).map((text) => invalid(field.child(name), value, text));
  });
  const problem = apiVersionProblem(reference, options);
  if (problem === undefined) return errors;
  return [...errors, invalid(field.child("apiVersion"), reference.apiVersion ?? "", problem)];
}

/** Upstream: …#ValidateAPIVersion */
export function apiVersionProblem(
  { apiVersion = "" }: V2CrossVersionObjectReference,
  { anyVersion, coreGroup }: ReferenceOptions,
): string | undefined {
  if (anyVersion) return undefined;
  if (apiVersion.split("/", 3).length > 2) return `unexpected GroupVersion string: ${apiVersion}`;
  return coreGroup || groupOf(apiVersion) !== "" ? undefined : "apiVersion must specify API group";
}

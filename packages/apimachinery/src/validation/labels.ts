import { forbidden, invalid, required, type FieldError, type FieldPath } from "../errors/field-error.ts";
import type { V1LabelSelector, V1LabelSelectorRequirement } from "../meta/meta.gen.ts";
import { isLabelValue, isQualifiedName } from "./formats.ts";

/** Upstream: apimachinery/pkg/apis/meta/v1/validation/validation.go */
export function validateLabelName(name: string, field: FieldPath): FieldError[] {
  return isQualifiedName(name).map((text) => invalid(field, name, text));
}

export function validateLabels(labels: Readonly<Record<string, string>> | undefined, field: FieldPath): FieldError[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...validateLabelName(key, field),
    ...isLabelValue(value).map((text) => invalid(field, value, text)),
  ]);
}

interface LabelSelectorOptions {
  /** What is stored may keep values that are no label values. */
  readonly allowInvalidValues?: boolean;
  readonly allowUnknownOperators?: boolean;
}

export function validateLabelSelector(
  selector: V1LabelSelector | undefined,
  field: FieldPath,
  options: LabelSelectorOptions = {},
): FieldError[] {
  if (!selector) return [];
  return [
    ...validateLabels(selector.matchLabels, field.child("matchLabels")),
    ...(selector.matchExpressions ?? []).flatMap((expression, i) =>
      validateLabelSelectorRequirement(expression, field.child("matchExpressions").index(i), options),
    ),
  ];
}

export function validateLabelSelectorRequirement(
  { key, operator, values = [] }: V1LabelSelectorRequirement,
  field: FieldPath,
  options: LabelSelectorOptions = {},
): FieldError[] {
  const errors = [...operatorErrors(operator, values, field, options), ...validateLabelName(key, field.child("key"))];
  if (options.allowInvalidValues) return errors;
  return [
    ...errors,
    ...values.flatMap((value, i) =>
      isLabelValue(value).map((text) => invalid(field.child("values").index(i), value, text)),
    ),
  ];
}

function operatorErrors(
  operator: string,
  values: readonly string[],
  field: FieldPath,
  options: LabelSelectorOptions,
): FieldError[] {
  switch (operator) {
    case "In":
    case "NotIn":
      return values.length > 0
        ? []
        : [required(field.child("values"), "must be specified when `operator` is 'In' or 'NotIn'")];
    case "Exists":
    case "DoesNotExist":
      return values.length === 0
        ? []
        : [forbidden(field.child("values"), "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")];
    default:
      return options.allowUnknownOperators
        ? []
        : [invalid(field.child("operator"), operator, "not a valid selector operator")];
  }
}

export function labelSelectorHasInvalidValue(selector: V1LabelSelector | undefined): boolean {
  return (selector?.matchExpressions ?? []).some((expression) =>
    (expression.values ?? []).some((value) => isLabelValue(value).length > 0),
  );
}

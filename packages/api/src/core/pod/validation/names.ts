import {
  invalid,
  isDns1123Label,
  isDns1123Subdomain,
  isQualifiedName,
  notSupported,
  required,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";

type Check = (name: string) => string[];

const validator =
  (check: Check) =>
  (name: string, field: FieldPath): FieldError[] =>
    check(name).map((text) => invalid(field, name, text));

export const validateLabel = validator(isDns1123Label);
export const validateSubdomain = validator(isDns1123Subdomain);
export const validateQualifiedName = validator(isQualifiedName);

/** One of a fixed set, which has to be given. The set is named in the order given. */
export function validateEnum(value: string | undefined, values: readonly string[], field: FieldPath): FieldError[] {
  if (!value) return [required(field)];
  return values.includes(value) ? [] : [notSupported(field, value, values)];
}

/** One of a fixed set, or absent. */
export function validateOptionalEnum(
  value: string | undefined,
  values: readonly string[],
  field: FieldPath,
): FieldError[] {
  return value === undefined || values.includes(value) ? [] : [notSupported(field, value, values)];
}

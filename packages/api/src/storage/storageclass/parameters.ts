import {
  byteLength,
  invalid,
  isQualifiedName,
  required,
  tooLong,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";

const MAX_COUNT = 512;
const MAX_BYTES = 256 * 1024;

/** The name of a driver, as it is compared: in lower case. Upstream: pkg/apis/storage/validation/validation.go#validateProvisioner */
export function validateProvisioner(name: string, field: FieldPath): FieldError[] {
  const wanted = name.toLowerCase();
  return wanted === "" ? [] : isQualifiedName(wanted).map((text) => invalid(field, wanted, text));
}

/** What a driver is told, whatever it means. Upstream: …#validateParameters */
export function validateParameters(
  parameters: Readonly<Record<string, string>>,
  field: FieldPath,
  { mayBeEmpty }: { readonly mayBeEmpty: boolean },
): FieldError[] {
  const entries = Object.entries(parameters);
  if (entries.length > MAX_COUNT) return [tooLong(field, undefined, MAX_COUNT)];
  const size = entries.reduce((sum, [key, value]) => sum + byteLength(key) + byteLength(value), 0);
  return [
    ...(Object.hasOwn(parameters, "") ? [invalid(field, "", "field can not be empty.")] : []),
    ...(size > MAX_BYTES ? [tooLong(field, undefined, MAX_BYTES)] : []),
    ...(mayBeEmpty || entries.length > 0 ? [] : [required(field, "must contain at least one key/value pair")]),
  ];
}

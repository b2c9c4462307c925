import {
  NO_FIELD,
  byteLength,
  semanticEqual,
  forbidden,
  invalid,
  isConfigMapKey,
  path,
  tooLong,
  type FieldError,
} from "@dingi/apimachinery";
import type { V1ConfigMap } from "./configmap.gen.ts";

/** All values together, in bytes; a Secret's limit too. */
export const MAX_DATA_BYTES = 1024 * 1024;

/** Upstream: pkg/apis/core/validation/validation.go#ValidateConfigMap */
export function validateConfigMap({ data = {}, binaryData = {} }: V1ConfigMap): FieldError[] {
  const errors: FieldError[] = [];
  let total = 0;
  for (const [key, value] of Object.entries(data)) {
    errors.push(...keyErrors("data", key));
    if (Object.hasOwn(binaryData, key)) {
      errors.push(invalid(path("data").key(key), key, "duplicate of key present in binaryData"));
    }
    total += byteLength(value);
  }
  for (const [key, value] of Object.entries(binaryData)) {
    errors.push(...keyErrors("binaryData", key));
    total += decodedLength(value);
  }
  return total > MAX_DATA_BYTES ? [...errors, tooLong(NO_FIELD, undefined, MAX_DATA_BYTES)] : errors;
}

const keyErrors = (field: string, key: string): FieldError[] =>
  isConfigMapKey(key).map((text) => invalid(path(field).key(key), key, text));

/** The bytes behind a base64 text. */
export function decodedLength(base64: string): number {
  return Buffer.byteLength(base64, "base64");
}

export function validateConfigMapUpdate(configMap: V1ConfigMap, old: V1ConfigMap): FieldError[] {
  return [...immutableDataErrors(configMap, old, ["data", "binaryData"]), ...validateConfigMap(configMap)];
}

interface ImmutableData {
  readonly immutable?: boolean | undefined;
  readonly data?: Readonly<Record<string, string>> | undefined;
  readonly binaryData?: Readonly<Record<string, string>> | undefined;
}

/** Once `immutable` is set, neither it nor the data may change. */
export function immutableDataErrors(
  object: ImmutableData,
  old: ImmutableData,
  fields: readonly ("data" | "binaryData")[],
): FieldError[] {
  if (!old.immutable) return [];
  const changed = fields.filter((field) => !semanticEqual(object[field] ?? {}, old[field] ?? {}));
  return [...(object.immutable ? [] : ["immutable"]), ...changed].map((field) =>
    forbidden(field, "field is immutable when `immutable` is set"),
  );
}

import { byteLength, invalid, required, tooLong, type FieldError, type FieldPath } from "@dingi/apimachinery";
import type { V1DeviceConfiguration } from "../resourceclaim/resourceclaim.gen.ts";

const MAX_PARAMETERS = 10 * 1024;
const OMITTED = "<value omitted>";

/** Upstream: pkg/apis/resource/validation/validation.go#validateDeviceConfiguration */
export function configurationErrors(
  { opaque }: V1DeviceConfiguration,
  field: FieldPath,
  isStored = false,
): FieldError[] {
  const at = field.child("opaque");
  if (!opaque) return [required(at)];
  const limit = isStored ? Infinity : MAX_PARAMETERS;
  return rawErrors(opaque.parameters, limit, at.child("parameters"));
}

/** JSON of any object. Upstream: …#validateRawExtension */
export function rawErrors(raw: unknown, maxBytes: number, field: FieldPath): FieldError[] {
  if (raw === undefined || raw === null) return [required(field)];
  if (maxBytes < Infinity && byteLength(JSON.stringify(raw)) > maxBytes) return [tooLong(field, raw, maxBytes)];
  if (typeof raw === "object" && !Array.isArray(raw)) return [];
  return [invalid(field, OMITTED, "must be a valid JSON object")];
}

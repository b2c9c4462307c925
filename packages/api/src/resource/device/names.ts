import { byteLength, MAX_DNS_SUBDOMAIN, required, tooLong, type FieldError, type FieldPath } from "@dingi/apimachinery";
import { validateLabel, validateSubdomain } from "../../core/pod/validation/names.ts";

/** Upstream: pkg/apis/resource/validation/validation.go#validatePoolName */
export function poolNameErrors(name: string, field: FieldPath): FieldError[] {
  if (name === "") return [required(field)];
  return [
    ...(byteLength(name) > MAX_DNS_SUBDOMAIN ? [tooLong(field, name, MAX_DNS_SUBDOMAIN)] : []),
    ...name.split("/").flatMap((part) => validateSubdomain(part, field)),
  ];
}

export const deviceNameErrors = validateLabel;

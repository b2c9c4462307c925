import {
  byteLength,
  invalid,
  isDns1123Label,
  isDns1123Subdomain,
  MAX_DNS_LABEL,
  MAX_DNS_SUBDOMAIN,
  required,
  tooLong,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";

const MAX_NAME = MAX_DNS_SUBDOMAIN + MAX_DNS_SUBDOMAIN + MAX_DNS_LABEL + 2;

/** Upstream: pkg/apis/core/validation/names.go#ValidateSignerName */
export function validateSignerName(name: string, field: FieldPath): FieldError[] {
  if (name === "") return [required(field)];
  const [domain, path, ...rest] = name.split("/") as [string, ...string[]];
  if (path === undefined || rest.length > 0) {
    return [invalid(field, name, "must be a fully qualified domain and path of the form 'example.com/signer-name'")];
  }
  const labels = domain.split(".");
  return [
    ...(byteLength(domain) > MAX_DNS_SUBDOMAIN ? [tooLong(field, name, MAX_DNS_SUBDOMAIN)] : []),
    ...firstBadLabel(labels, isDns1123Label, domain, field),
    ...(labels.length < 2
      ? [invalid(field, domain, "should be a domain with at least two segments separated by dots")]
      : []),
    ...firstBadLabel(path.split("."), isDns1123Subdomain, path, field),
    ...(byteLength(name) > MAX_NAME ? [tooLong(field, name, MAX_NAME)] : []),
  ];
}

function firstBadLabel(
  labels: readonly string[],
  check: (label: string) => string[],
  value: string,
  field: FieldPath,
): FieldError[] {
  const bad = labels.find((label) => check(label).length > 0);
  return bad === undefined
    ? []
    : check(bad).map((text) => invalid(field, value, `validating label ${JSON.stringify(bad)}: ${text}`));
}

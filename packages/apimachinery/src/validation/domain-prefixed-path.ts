import { invalid, required, type FieldError, type FieldPath } from "../errors/field-error.ts";
import { isDns1123Subdomain, patternText } from "./formats.ts";

const PATH = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";
const PATH_RE = /^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/;

/** Such as "example.org/foo". Upstream: apimachinery/pkg/util/validation/validation.go#IsDomainPrefixedPath */
export function validateDomainPrefixedPath(value: string, field: FieldPath): FieldError[] {
  if (value === "") return [required(field)];
  const slash = value.indexOf("/");
  const [domain, path] = [value.slice(0, Math.max(slash, 0)), value.slice(slash + 1)];
  if (domain === "" || path === "")
    return [invalid(field, value, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  const errors = isDns1123Subdomain(domain).map((text) => invalid(field, domain, text));
  return PATH_RE.test(path) ? errors : [...errors, invalid(field, path, patternText("Invalid path", PATH))];
}

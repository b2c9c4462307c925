import { isDns1123Subdomain } from "@dingi/apimachinery";

const PATH = /^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/;

/** What is wrong with extras that somebody wants to have; undefined when nothing is. Upstream: …/impersonation/mode.go#validateExtra */
export function validateExtra(extra: Readonly<Record<string, readonly string[]>>): string | undefined {
  for (const [key, values] of Object.entries(extra)) {
    if (key === "") return "impersonating the empty string key in extra is not allowed";
    const wrong = domainPrefixedPathError(key);
    if (wrong !== undefined) return `impersonating an invalid key in extra is not allowed: ${wrong}`;
    if (key !== key.toLowerCase())
      return `impersonating a non-lowercase key in extra is not allowed: ${JSON.stringify(key)}`;
    if (values.length === 0) return "impersonating empty values in extra is not allowed";
    if (values.includes("")) return "impersonating the empty string value in extra is not allowed";
  }
  return undefined;
}

/** "example.com/some/path". Upstream: apimachinery/pkg/util/validation/validation.go#IsDomainPrefixedPath */
function domainPrefixedPathError(key: string): string | undefined {
  const invalid = (value: string, text: string) => `extra.key: Invalid value: ${JSON.stringify(value)}: ${text}`;
  const slash = key.indexOf("/");
  if (slash < 0) return invalid(key, 'must be a domain-prefixed path (such as "acme.io/foo")');
  const host = key.slice(0, slash);
  const [text] = isDns1123Subdomain(host);
  if (text !== undefined) return invalid(host, text);
  const path = key.slice(slash + 1);
  if (path === "") return invalid(key, 'must be a domain-prefixed path (such as "acme.io/foo")');
  return PATH.test(path) ? undefined : invalid(path, "Invalid path");
}

import { invariant } from "@dingi/base";
import { invalid, tooLong, type FieldError, type FieldPath } from "../../errors/field-error.ts";
import {
  byteLength,
  isCIdentifier,
  isDns1123SubdomainCaseless,
  isLabelValue,
  isLongName,
  isPathSegmentName,
  isPrefixedLabelKey,
  isQualifiedName,
  isShortName,
  MAX_DNS_SUBDOMAIN,
} from "../formats.ts";

type Format = (text: string, field: FieldPath) => FieldError[];

const worded =
  (check: (text: string) => string[]): Format =>
  (text, field) =>
    check(text).map((problem) => invalid(field, text, problem));

/** Upstream: apimachinery/pkg/api/validate/strfmt.go */
const FORMATS: ReadonlyMap<string, Format> = new Map([
  ["k8s-short-name", worded(isShortName)],
  ["k8s-long-name", worded(isLongName)],
  ["k8s-long-name-caseless", worded(isDns1123SubdomainCaseless)],
  ["k8s-label-key", worded(isQualifiedName)],
  ["k8s-label-value", worded(isLabelValue)],
  ["k8s-prefixed-label-key", worded(isPrefixedLabelKey)],
  ["k8s-path-segment-name", worded(isPathSegmentName)],
  ["k8s-uuid", worded(uuidProblems)],
  ["k8s-resource-pool-name", poolNameErrors],
  ["k8s-extended-resource-name", worded(extendedResourceNameProblems)],
  ["k8s-resource-fully-qualified-name", fullyQualifiedNameErrors],
]);

export function formatErrors(format: string, text: string, field: FieldPath): FieldError[] {
  const check = FORMATS.get(format);
  invariant(check, `The format "${format}" is unknown`);
  return check(text, field);
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function uuidProblems(text: string): string[] {
  return UUID.test(text) ? [] : ["must be a lowercase UUID in 8-4-4-4-12 format"];
}

function poolNameErrors(text: string, field: FieldPath): FieldError[] {
  const problems = text.split("/").flatMap((segment, i) => {
    const texts = segment === "" ? ["must not be empty"] : isLongName(segment);
    return texts.map((problem) => invalid(field, segment === "" ? text : segment, `segment ${i}: ${problem}`));
  });
  return byteLength(text) > MAX_DNS_SUBDOMAIN ? [tooLong(field, text, MAX_DNS_SUBDOMAIN), ...problems] : problems;
}

const KUBERNETES_DOMAIN = "kubernetes.io/";
const REQUESTS = "requests.";

function extendedResourceNameProblems(text: string): string[] {
  return [
    ...(text.includes("/") ? [] : ["a name must be a domain-prefixed path, such as 'example.com/my-prop'"]),
    ...(text.includes(KUBERNETES_DOMAIN) ? [`must not have "${KUBERNETES_DOMAIN}" domain`] : []),
    ...(text.startsWith(REQUESTS) ? [`must not have "${REQUESTS}" prefix`] : []),
    ...isQualifiedName(REQUESTS + text),
  ];
}

const MAX_DOMAIN = 63;
const MAX_IDENTIFIER = 32;

function fullyQualifiedNameErrors(text: string, field: FieldPath): FieldError[] {
  const parts = text.split("/");
  if (parts.length > 2) return [];
  if (parts.length === 2) return [...domainErrors(parts[0]!, field), ...nameErrors(parts[1]!, field)];
  const problem = "a fully qualified name must be a domain and a name separated by a slash";
  return [...identifierErrors(text, field), invalid(field, text, problem)];
}

function domainErrors(domain: string, field: FieldPath): FieldError[] {
  if (domain === "") return [invalid(field, "", "prefix must not be empty")];
  return [
    ...(byteLength(domain) > MAX_DOMAIN ? [tooLong(field, domain, MAX_DOMAIN)] : []),
    ...isLongName(domain).map((problem) => invalid(field, domain, `prefix: ${problem}`)),
  ];
}

function nameErrors(name: string, field: FieldPath): FieldError[] {
  return name === "" ? [invalid(field, "", "name must not be empty")] : identifierErrors(name, field);
}

function identifierErrors(identifier: string, field: FieldPath): FieldError[] {
  return [
    ...(byteLength(identifier) > MAX_IDENTIFIER ? [tooLong(field, identifier, MAX_IDENTIFIER)] : []),
    ...isCIdentifier(identifier).map((problem) => invalid(field, identifier, problem)),
  ];
}

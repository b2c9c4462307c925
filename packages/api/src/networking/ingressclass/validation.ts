import {
  FIELD_IMMUTABLE,
  forbidden,
  invalid,
  isDns1123Label,
  isDns1123Subdomain,
  isPathSegmentName,
  notSupported,
  path,
  patternText,
  required,
  tooLong,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import type { V1TypedLocalObjectReference } from "../../core/reference/index.ts";
import type { V1IngressClass, V1IngressClassParametersReference } from "./ingressclass.gen.ts";

const MAX_CONTROLLER = 250;
const SCOPES = ["Cluster", "Namespace"];
const HTTP_PATH = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";
const HTTP_PATH_RE = new RegExp(`^${HTTP_PATH}$`);
const SPEC = path("spec");

/** Upstream: pkg/apis/networking/validation/validation.go#ValidateIngressClass */
export function validateIngressClass({ spec }: V1IngressClass): FieldError[] {
  const { controller = "", parameters } = spec;
  const field = SPEC.child("controller");
  return [
    ...(Buffer.byteLength(controller) > MAX_CONTROLLER ? [tooLong(field, "", MAX_CONTROLLER)] : []),
    ...domainPrefixedPathErrors(controller, field),
    ...(parameters ? parameterErrors(parameters, SPEC.child("parameters")) : []),
  ];
}

/** Upstream: …#ValidateIngressClassUpdate */
export function validateIngressClassUpdate(ingressClass: V1IngressClass, old: V1IngressClass): FieldError[] {
  const controller = ingressClass.spec.controller ?? "";
  const isChanged = controller !== (old.spec.controller ?? "");
  return [
    ...(isChanged ? [invalid(SPEC.child("controller"), controller, FIELD_IMMUTABLE)] : []),
    ...validateIngressClass(ingressClass),
  ];
}

/** "acme.io/foo". Upstream: apimachinery/pkg/util/validation/validation.go#IsDomainPrefixedPath */
function domainPrefixedPathErrors(value: string, field: FieldPath): FieldError[] {
  if (value === "") return [required(field)];
  const slash = value.indexOf("/");
  const [host, rest] = [value.slice(0, slash), value.slice(slash + 1)];
  if (slash < 1 || rest === "")
    return [invalid(field, value, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  const errors = isDns1123Subdomain(host).map((text) => invalid(field, host, text));
  return HTTP_PATH_RE.test(rest) ? errors : [...errors, invalid(field, rest, patternText("Invalid path", HTTP_PATH))];
}

/** Upstream: …#validateIngressClassParametersReference */
function parameterErrors(parameters: V1IngressClassParametersReference, field: FieldPath): FieldError[] {
  return [...validateTypedReference(parameters, field), ...scopeErrors(parameters, field)];
}

/** Something of any kind, by name; an absent group may be a null. Upstream: …#validateIngressTypedLocalObjectReference */
export function validateTypedReference(
  { apiGroup, kind, name }: V1TypedLocalObjectReference,
  field: FieldPath,
): FieldError[] {
  const groupProblems = typeof apiGroup === "string" ? isDns1123Subdomain(apiGroup) : [];
  return [
    ...groupProblems.map((text) => invalid(field.child("apiGroup"), apiGroup, text)),
    ...segmentErrors(kind, field.child("kind")),
    ...segmentErrors(name, field.child("name")),
  ];
}

const segmentErrors = (value: string, field: FieldPath): FieldError[] =>
  value === "" ? [required(field)] : isPathSegmentName(value).map((text) => invalid(field, value, text));

function scopeErrors({ scope, namespace }: V1IngressClassParametersReference, field: FieldPath): FieldError[] {
  const at = field.child("namespace");
  if (scope === undefined) return [required(field.child("scope"))];
  if (scope === "Cluster")
    return namespace === undefined ? [] : [forbidden(at, "`parameters.scope` is set to 'Cluster'")];
  if (scope !== "Namespace") return [notSupported(field.child("scope"), scope, SCOPES)];
  if (namespace === undefined) return [required(at, "`parameters.scope` is set to 'Namespace'")];
  return isDns1123Label(namespace).map((text) => invalid(at, namespace, text));
}

import {
  invalid,
  isDns1123Label,
  isValidPortName,
  isValidPortNum,
  notSupported,
  required,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { validateTypedReference } from "../ingressclass/validation.ts";
import type {
  V1HTTPIngressPath,
  V1IngressBackend,
  V1IngressRuleValue,
  V1IngressServiceBackend,
  V1ServiceBackendPort,
} from "./ingress.gen.ts";

const PATH_TYPES = ["Exact", "ImplementationSpecific", "Prefix"];
const STRICT_TYPES = ["Exact", "Prefix"];
const BAD_SEQUENCES = ["//", "/./", "/../", "%2f", "%2F"];
const BAD_ENDS = ["/..", "/."];
const NOT_ABSOLUTE = "must be an absolute path";

/** Upstream: pkg/apis/networking/validation/validation.go#validateIngressRuleValue */
export function validateRuleValue({ http }: V1IngressRuleValue, field: FieldPath): FieldError[] {
  if (!http) return [];
  const at = field.child("http", "paths");
  const paths = http.paths ?? [];
  return paths.length === 0 ? [required(at)] : paths.flatMap((one, i) => pathErrors(one, at.index(i)));
}

/** Upstream: …#validateHTTPIngressPath */
function pathErrors({ path = "", pathType, backend }: V1HTTPIngressPath, field: FieldPath): FieldError[] {
  const typeField = field.child("pathType");
  if (typeof pathType !== "string") return [required(typeField, "pathType must be specified")];
  const errors = PATH_TYPES.includes(pathType)
    ? pathTextErrors(path, STRICT_TYPES.includes(pathType), field.child("path"))
    : [notSupported(typeField, pathType, PATH_TYPES)];
  return [...errors, ...validateBackend(backend ?? {}, field.child("backend"))];
}

/** What a path means that is not strict, the controller says. */
function pathTextErrors(path: string, isStrict: boolean, field: FieldPath): FieldError[] {
  const isAbsolute = path.startsWith("/") || (path === "" && !isStrict);
  const errors = isAbsolute ? [] : [invalid(field, path, NOT_ABSOLUTE)];
  if (!isStrict) return errors;
  return [
    ...errors,
    ...BAD_SEQUENCES.filter((one) => path.includes(one)).map((one) =>
      invalid(field, path, `must not contain '${one}'`),
    ),
    ...BAD_ENDS.filter((one) => path.endsWith(one)).map((one) => invalid(field, path, `cannot end with '${one}'`)),
  ];
}

/** Upstream: …#validateIngressBackend */
export function validateBackend({ resource, service }: V1IngressBackend, field: FieldPath): FieldError[] {
  if (resource && service) return [invalid(field, "", "cannot set both resource and service backends")];
  if (resource) return validateTypedReference(resource, field.child("resource"));
  return service ? serviceErrors(service, field) : [invalid(field, "", "resource or service backend is required")];
}

function serviceErrors({ name, port }: V1IngressServiceBackend, field: FieldPath): FieldError[] {
  const at = field.child("service", "name");
  return [
    ...(name ? isDns1123Label(name).map((text) => invalid(at, name, text)) : [required(at)]),
    ...portErrors(port ?? {}, field),
  ];
}

function portErrors({ name, number }: V1ServiceBackendPort, field: FieldPath): FieldError[] {
  const at = field.child("service", "port");
  if (name && number) return [invalid(field, "", "cannot set both port name & port number")];
  if (name) return isValidPortName(name).map((text) => invalid(at.child("name"), name, text));
  if (number) return isValidPortNum(number).map((text) => invalid(at.child("number"), number, text));
  return [required(field, "port name or number is required")];
}

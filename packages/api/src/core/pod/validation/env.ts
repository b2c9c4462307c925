import {
  invalid,
  isConfigMapKey,
  isRelaxedEnvVarName,
  NAME_CHECKS,
  required,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import type { V1EnvFromSource, V1EnvVar, V1EnvVarSource, V1FileKeySelector } from "../pod.gen.ts";
import { validateFieldRef, validateResourceFieldRef } from "./downward-api.ts";
import { validateLabel, validateSubdomain } from "./names.ts";
import { validateNoBacksteps } from "./paths.ts";

const FIELDS = [
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.serviceAccountName",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
];
const SEVERAL = "may not have more than one field specified at a time";

/** Upstream: pkg/apis/core/validation/validation.go#ValidateEnv */
export function validateEnv(variables: readonly V1EnvVar[], field: FieldPath): FieldError[] {
  return variables.flatMap((variable, i) => {
    const { name, valueFrom } = variable;
    const at = field.index(i);
    const errors = name
      ? isRelaxedEnvVarName(name).map((text) => invalid(at.child("name"), name, text))
      : [required(at.child("name"))];
    return valueFrom ? [...errors, ...valueFromErrors(valueFrom, variable.value ?? "", at.child("valueFrom"))] : errors;
  });
}

function valueFromErrors(source: V1EnvVarSource, value: string, field: FieldPath): FieldError[] {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = source;
  const errors = [
    ...(fieldRef ? validateFieldRef(fieldRef, FIELDS, field.child("fieldRef")) : []),
    ...(resourceFieldRef ? validateResourceFieldRef(resourceFieldRef, field.child("resourceFieldRef"), false) : []),
    ...(configMapKeyRef ? keyErrors(configMapKeyRef, field.child("configMapKeyRef")) : []),
    ...(secretKeyRef ? keyErrors(secretKeyRef, field.child("secretKeyRef")) : []),
    ...(fileKeyRef ? fileKeyErrors(fileKeyRef, field.child("fileKeyRef")) : []),
  ];
  const count = [fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef].filter(Boolean).length;
  if (count === 0) {
    const text =
      "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`";
    errors.push(invalid(field, "", text));
  } else if (value !== "") errors.push(invalid(field, "", "may not be specified when `value` is not empty"));
  else if (count > 1) errors.push(invalid(field, "", SEVERAL));
  return errors;
}

interface KeyRef {
  readonly name?: string | undefined;
  readonly key?: string | undefined;
}

/** Of a config map or a secret. */
function keyErrors({ name = "", key }: KeyRef, field: FieldPath): FieldError[] {
  const errors = validateSubdomain(name, field.child("name"));
  if (!key) return [...errors, required(field.child("key"))];
  return [...errors, ...isConfigMapKey(key).map((text) => invalid(field.child("key"), key, text))];
}

function fileKeyErrors({ key, volumeName, path }: V1FileKeySelector, field: FieldPath): FieldError[] {
  return [
    ...(key
      ? isRelaxedEnvVarName(key).map((text) => invalid(field.child("key"), key, text))
      : [required(field.child("key"))]),
    ...(volumeName ? validateLabel(volumeName, field.child("volumeName")) : [required(field.child("volumeName"))]),
    ...(path ? validateNoBacksteps(path, field.child("path")) : [required(field.child("path"))]),
  ];
}

/** Upstream: …#ValidateEnvFrom */
export function validateEnvFrom(sources: readonly V1EnvFromSource[], field: FieldPath): FieldError[] {
  return sources.flatMap(({ prefix = "", configMapRef, secretRef }, i) => {
    const at = field.index(i);
    const errors =
      prefix === "" ? [] : isRelaxedEnvVarName(prefix).map((text) => invalid(at.child("prefix"), prefix, text));
    if (configMapRef) errors.push(...sourceErrors(configMapRef.name ?? "", at.child("configMapRef", "name")));
    if (secretRef) errors.push(...sourceErrors(secretRef.name ?? "", at.child("secretRef", "name")));
    if (!configMapRef && !secretRef)
      errors.push(invalid(field, "", "must specify one of: `configMapRef` or `secretRef`"));
    else if (configMapRef && secretRef) errors.push(invalid(field, "", SEVERAL));
    return errors;
  });
}

/** Upstream takes the name for the beginning of one, so that a dash at its end passes. */
function sourceErrors(name: string, field: FieldPath): FieldError[] {
  if (name === "") return [required(field)];
  return NAME_CHECKS.subdomain(name, true).map((text) => invalid(field, name, text));
}

import { forbidden, invalid, type FieldError, type FieldPath } from "@dingi/apimachinery";
import { APP_ARMOR_ANNOTATION_PREFIX } from "../app-armor.ts";
import { MIRROR_ANNOTATION } from "../mirror.ts";
import type { V1AppArmorProfile, V1PodSpec, V1SeccompProfile } from "../pod.gen.ts";
import { visitContainers } from "./visit.ts";
import { validateDescendingPath } from "./paths.ts";

const DELETION_COST = "controller.kubernetes.io/pod-deletion-cost";
const SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod";
const SECCOMP_CONTAINER_PREFIX = "container.seccomp.security.alpha.kubernetes.io/";
const SECCOMP_NAMES = ["runtime/default", "docker/default", "unconfined"];
const LOCALHOST_PREFIX = "localhost/";

type Annotations = Readonly<Record<string, string>>;

/** Upstream: pkg/apis/core/validation/validation.go#ValidatePodSpecificAnnotations */
export function validatePodAnnotations(annotations: Annotations, spec: V1PodSpec, field: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  const mirror = annotations[MIRROR_ANNOTATION];
  if (mirror !== undefined && !spec.nodeName) {
    errors.push(
      invalid(field.key(MIRROR_ANNOTATION), mirror, "must set spec.nodeName if mirror pod annotation is set"),
    );
  }
  const cost = annotations[DELETION_COST];
  if (cost !== undefined && !isInt32(cost))
    errors.push(invalid(field.key(DELETION_COST), cost, "must be a 32bit integer"));
  for (const [key, value] of Object.entries(annotations)) {
    if (key === SECCOMP_POD || key.startsWith(SECCOMP_CONTAINER_PREFIX))
      errors.push(...seccompErrors(value, field.child(key)));
  }
  const containers = new Set(visitContainers(spec, field).map(({ container }) => container.name));
  for (const [key, value] of Object.entries(annotations)) {
    if (key.startsWith(APP_ARMOR_ANNOTATION_PREFIX))
      errors.push(...appArmorErrors(key, value, containers, field.key(key)));
  }
  return errors;
}

const isInt32 = (text: string): boolean =>
  /^(0|-?[1-9][0-9]{0,9})$/.test(text) && Math.abs(Number(text) + 0.5) < 2 ** 31;

function seccompErrors(profile: string, field: FieldPath): FieldError[] {
  if (SECCOMP_NAMES.includes(profile)) return [];
  if (profile.startsWith(LOCALHOST_PREFIX))
    return validateDescendingPath(profile.slice(LOCALHOST_PREFIX.length), field);
  return [invalid(field, profile, "must be a valid seccomp profile")];
}

function appArmorErrors(key: string, profile: string, containers: ReadonlySet<string>, field: FieldPath): FieldError[] {
  const name = key.slice(APP_ARMOR_ANNOTATION_PREFIX.length);
  const errors = containers.has(name) ? [] : [invalid(field, name, "container not found")];
  const known = ["", "runtime/default", "unconfined"].includes(profile) || profile.startsWith(LOCALHOST_PREFIX);
  return known
    ? errors
    : [...errors, invalid(field, profile, `invalid AppArmor profile name: ${JSON.stringify(profile)}`)];
}

/** Old annotations and the fields that replaced them have to say the same. Upstream: …#validateSeccompAnnotationsAndFields */
export function validateProfilesMatch(annotations: Annotations, spec: V1PodSpec, field: FieldPath): FieldError[] {
  const pod = spec.securityContext;
  const containers = visitContainers(spec, field);
  return [
    ...seccompMismatch(annotations[SECCOMP_POD], pod?.seccompProfile, field.child("securityContext", "seccompProfile")),
    ...containers.flatMap(({ container, field: at }) => {
      const { seccompProfile } = container.securityContext ?? {};
      return seccompMismatch(
        annotations[SECCOMP_CONTAINER_PREFIX + container.name],
        seccompProfile,
        at.child("securityContext", "seccompProfile"),
      );
    }),
    ...(spec.os?.name === "windows" ? [] : containers).flatMap(({ container, field: at }) => {
      const profile = container.securityContext?.appArmorProfile ?? pod?.appArmorProfile;
      return appArmorMismatch(
        annotations[APP_ARMOR_ANNOTATION_PREFIX + container.name],
        profile,
        at.child("securityContext", "appArmorProfile"),
      );
    }),
  ];
}

type Profile = V1SeccompProfile | V1AppArmorProfile | undefined;

const seccompMismatch = (annotation: string | undefined, profile: Profile, field: FieldPath): FieldError[] =>
  mismatch(annotation, profile, ["runtime/default", "docker/default"], "seccomp", field);

const appArmorMismatch = (annotation: string | undefined, profile: Profile, field: FieldPath): FieldError[] =>
  mismatch(annotation, profile, ["runtime/default"], "apparmor", field);

function mismatch(
  annotation: string | undefined,
  profile: Profile,
  defaults: readonly string[],
  what: string,
  field: FieldPath,
): FieldError[] {
  if (annotation === undefined || !profile) return [];
  const wrongType = [forbidden(field.child("type"), `${what} type in annotation and field must match`)];
  switch (profile.type) {
    case "Unconfined":
      return annotation === "unconfined" ? [] : wrongType;
    case "RuntimeDefault":
      return defaults.includes(annotation) ? [] : wrongType;
    case "Localhost":
      if (!annotation.startsWith(LOCALHOST_PREFIX)) return wrongType;
      if (annotation.slice(LOCALHOST_PREFIX.length) === profile.localhostProfile) return [];
      return [forbidden(field.child("localhostProfile"), `${what} profile in annotation and field must match`)];
    default:
      return [];
  }
}

/** Upstream: …#ValidatePodSpecificAnnotationUpdates */
export function validatePodAnnotationUpdates(
  annotations: Annotations,
  old: Annotations,
  spec: V1PodSpec,
  field: FieldPath,
): FieldError[] {
  const changed = Object.keys(old).filter((key) => annotations[key] !== old[key]);
  const added = Object.keys(annotations).filter((key) => !Object.hasOwn(old, key));
  return [
    ...changed.flatMap((key) => fixedErrors(key, "remove or update", field)),
    ...added.flatMap((key) => fixedErrors(key, "add", field)),
    ...validatePodAnnotations(annotations, spec, field),
  ];
}

function fixedErrors(key: string, verb: string, field: FieldPath): FieldError[] {
  if (key.startsWith(APP_ARMOR_ANNOTATION_PREFIX))
    return [forbidden(field.key(key), `may not ${verb} AppArmor annotations`)];
  return key === MIRROR_ANNOTATION ? [forbidden(field.key(key), `may not ${verb} mirror pod annotation`)] : [];
}

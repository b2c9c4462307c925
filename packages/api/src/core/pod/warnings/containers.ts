import { semanticEqual, type FieldPath } from "@dingi/apimachinery";
import { APP_ARMOR_ANNOTATION_PREFIX, APP_ARMOR_DEPRECATION, appArmorProfileOf } from "../app-armor.ts";
import type { V1Container, V1EnvVar, V1PodSpec } from "../pod.gen.ts";
import { visitContainers } from "../validation/visit.ts";
import { fractionWarnings } from "./fractions.ts";

const SECCOMP_PREFIX = "container.seccomp.security.alpha.kubernetes.io/";

interface Place {
  readonly field: FieldPath;
  /** Where annotations are. */
  readonly noted: FieldPath;
  /** Pods are warned of AppArmor annotations when these become fields. */
  readonly isTemplate: boolean;
}

export function containerWarnings(
  spec: V1PodSpec,
  annotations: Readonly<Record<string, string>>,
  { field, noted, isTemplate }: Place,
): string[] {
  return visitContainers(spec, field).flatMap(({ container, field: at }) => [
    ...seccompWarnings(container, annotations, noted),
    ...(isTemplate ? appArmorWarnings(container, spec, annotations, noted) : []),
    ...resourceWarnings(container, at.child("resources")),
    ...hiddenEnvWarnings(container.env ?? [], at.child("env")),
  ]);
}

function resourceWarnings({ resources }: V1Container, field: FieldPath): string[] {
  if (!resources?.limits && !resources?.requests) return [];
  return ["memory", "ephemeral-storage"].flatMap((name) =>
    (["limits", "requests"] as const).flatMap((list) => fractionWarnings(resources[list], field.child(list), [name])),
  );
}

function seccompWarnings(
  { name, securityContext }: V1Container,
  annotations: Readonly<Record<string, string>>,
  noted: FieldPath,
): string[] {
  const key = SECCOMP_PREFIX + name;
  if (securityContext?.seccompProfile || !Object.hasOwn(annotations, key)) return [];
  return [`${noted.key(key)}: non-functional in v1.27+; use the "seccompProfile" field instead`];
}

function appArmorWarnings(
  { name, securityContext }: V1Container,
  spec: V1PodSpec,
  annotations: Readonly<Record<string, string>>,
  noted: FieldPath,
): string[] {
  const key = APP_ARMOR_ANNOTATION_PREFIX + name;
  const annotation = annotations[key];
  if (annotation === undefined || securityContext?.appArmorProfile) return [];
  const ofPod = spec.securityContext?.appArmorProfile;
  const same = ofPod !== undefined && semanticEqual(ofPod, appArmorProfileOf(annotation));
  return same ? [] : [`${noted.key(key)}: ${APP_ARMOR_DEPRECATION}`];
}

/** Lists of variables merge by name, so a later definition that ignores the earlier one may vanish. */
function hiddenEnvWarnings(env: readonly V1EnvVar[], field: FieldPath): string[] {
  if (env.length < 2) return [];
  const seen = new Set<string>();
  return env.flatMap(({ name, value = "", valueFrom }, i) => {
    const reference = `$(${name})`;
    const extends_ = !valueFrom && value !== reference && value.includes(reference);
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    if (extends_) return [];
    return [
      `${field.index(i)}: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`,
    ];
  });
}

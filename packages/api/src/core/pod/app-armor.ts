import { semanticEqual, type Draft } from "@dingi/apimachinery";
import type { V1AppArmorProfile, V1Container, V1Pod } from "./pod.gen.ts";

/** Profiles were annotations once, per container. */
export const APP_ARMOR_ANNOTATION_PREFIX = "container.apparmor.security.beta.kubernetes.io/";

export const APP_ARMOR_DEPRECATION = 'deprecated since v1.30; use the "appArmorProfile" field instead';

const LOCALHOST_PREFIX = "localhost/";

/** Upstream: pkg/api/pod/util.go#ApparmorFieldForAnnotation */
export function appArmorProfileOf(annotation: string): V1AppArmorProfile | undefined {
  if (annotation === "unconfined") return { type: "Unconfined" };
  if (annotation === "runtime/default") return { type: "RuntimeDefault" };
  const localhostProfile = annotation.startsWith(LOCALHOST_PREFIX)
    ? annotation.slice(LOCALHOST_PREFIX.length).trim()
    : "";
  return localhostProfile === "" ? undefined : { type: "Localhost", localhostProfile };
}

/** Upstream: pkg/registry/core/pod/strategy.go#applyAppArmorVersionSkew */
export function applyAppArmorAnnotations({ metadata, spec }: Draft<V1Pod>, warn?: (text: string) => void): void {
  if (!metadata.annotations || spec.os?.name === "windows") return;
  const lists = [spec.initContainers, spec.containers, spec.ephemeralContainers];
  for (const container of lists.flatMap((list): Draft<V1Container>[] => list ?? [])) {
    const key = APP_ARMOR_ANNOTATION_PREFIX + container.name;
    const annotation = metadata.annotations[key];
    if (annotation === undefined || container.securityContext?.appArmorProfile) continue;
    const profile = appArmorProfileOf(annotation);
    if (profile && semanticEqual(profile, spec.securityContext?.appArmorProfile)) continue;
    warn?.(`metadata.annotations[${key}]: ${APP_ARMOR_DEPRECATION}`);
    if (profile) container.securityContext = { ...container.securityContext, appArmorProfile: { ...profile } };
  }
}

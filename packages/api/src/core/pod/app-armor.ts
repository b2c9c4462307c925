import { semanticEqual, type Draft } from "@dingi/apimachinery";
import type { V1AppArmorProfile, V1Pod } from "./pod.gen.ts";

/** Profiles were annotations once, per container. */
export const APP_ARMOR_ANNOTATION_PREFIX = "container.apparmor.security.beta.kubernetes.io/";

const LOCALHOST_PREFIX = "localhost/";

/** Upstream: pkg/api/pod/util.go#ApparmorFieldForAnnotation */
function profileOf(annotation: string): V1AppArmorProfile | undefined {
  if (annotation === "unconfined") return { type: "Unconfined" };
  if (annotation === "runtime/default") return { type: "RuntimeDefault" };
  const localhostProfile = annotation.startsWith(LOCALHOST_PREFIX)
    ? annotation.slice(LOCALHOST_PREFIX.length).trim()
    : "";
  return localhostProfile === "" ? undefined : { type: "Localhost", localhostProfile };
}

/** Upstream: pkg/registry/core/pod/strategy.go#applyAppArmorVersionSkew */
export function applyAppArmorAnnotations({ metadata, spec }: Draft<V1Pod>): void {
  if (!metadata.annotations || spec.os?.name === "windows") return;
  for (const container of [
    ...(spec.initContainers ?? []),
    ...(spec.containers ?? []),
    ...(spec.ephemeralContainers ?? []),
  ]) {
    const annotation = metadata.annotations[APP_ARMOR_ANNOTATION_PREFIX + container.name];
    if (annotation === undefined || container.securityContext?.appArmorProfile) continue;
    const profile = profileOf(annotation);
    if (!profile || semanticEqual(profile, spec.securityContext?.appArmorProfile)) continue;
    container.securityContext = { ...container.securityContext, appArmorProfile: { ...profile } };
  }
}

import { neededByVolume, type V1Container, type V1Pod } from "@dingi/api";

/** What of the API a pod refers to; undefined when it can run without. Upstream: pkg/api/pod/util.go#HasAPIObjectReference */
export function apiReference({ spec }: V1Pod): string | undefined {
  if (spec.serviceAccountName) return "serviceaccounts";
  const containers = [...(spec.initContainers ?? []), ...spec.containers];
  const volumes = spec.volumes ?? [];
  if ((spec.imagePullSecrets ?? []).length > 0 || containers.some((each) => readsEnvironment(each, "secret")))
    return "secrets";
  if (containers.some((each) => readsEnvironment(each, "configMap"))) return "configmaps";
  if ((spec.resourceClaims ?? []).length > 0) return "resourceclaims";
  for (const volume of volumes) {
    const found = neededByVolume(volume);
    if (found) return found;
  }
  return undefined;
}

function readsEnvironment({ env = [], envFrom = [] }: V1Container, what: "secret" | "configMap"): boolean {
  return (
    env.some(({ valueFrom }) => valueFrom?.[`${what}KeyRef`] !== undefined) ||
    envFrom.some((source) => source[`${what}Ref`] !== undefined)
  );
}

import type { V1Container, V1Pod, V1Volume } from "@dingi/api";

/** Kinds of volumes, and of what is projected into one, that cannot do without the API server. */
const VOLUMES: Readonly<Record<string, string>> = {
  configMap: "configmaps (via configmap volumes)",
  secret: "secrets (via secret volumes)",
  csi: "csidrivers (via CSI volumes)",
  glusterfs: "endpoints (via glusterFS volumes)",
  persistentVolumeClaim: "persistentvolumeclaims",
  ephemeral: "persistentvolumeclaims (via ephemeral volumes)",
  azureFile: "secrets (via azureFile volumes)",
};
const PROJECTED: Readonly<Record<string, string>> = {
  configMap: "configmaps (via projected volumes)",
  secret: "secrets (via projected volumes)",
  serviceAccountToken: "serviceaccounts (via projected volumes)",
  clusterTrustBundle: "clustertrustbundles",
  podCertificate: "podcertificates",
};

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
    const found = volumeReference(volume);
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

function volumeReference(volume: V1Volume): string | undefined {
  return (
    firstOf(VOLUMES, volume) ?? (volume.projected?.sources ?? []).map((each) => firstOf(PROJECTED, each)).find(Boolean)
  );
}

function firstOf(names: Readonly<Record<string, string>>, value: object): string | undefined {
  const name = Object.keys(value).find((key) => key in names);
  return name && names[name];
}

import type { V1Container, V1Pod, V1PodSpec, V1Volume } from "./pod.gen.ts";

/** Another object that a pod names, which the kubelet has to read. */
export interface PodReference {
  readonly resource: "secrets" | "configmaps" | "persistentvolumeclaims" | "serviceaccounts" | "resourceclaims";
  readonly name: string;
}

type Named = readonly [PodReference["resource"], string | undefined];

/** What a pod refers to in its namespace. Upstream: pkg/api/v1/pod/util.go#VisitPodSecretNames, #VisitPodConfigmapNames */
export function* podReferences(pod: V1Pod): Iterable<PodReference> {
  for (const [resource, name] of allReferences(pod)) if (name) yield { resource, name };
}

function* allReferences(pod: V1Pod): Iterable<Named> {
  const { spec } = pod;
  yield ["serviceaccounts", spec.serviceAccountName];
  for (const { name } of spec.imagePullSecrets ?? []) yield ["secrets", name];
  for (const container of containersOf(spec)) yield* referencesOfContainer(container);
  for (const volume of spec.volumes ?? []) {
    yield* referencesOfVolume(volume);
    if (volume.ephemeral) yield ["persistentvolumeclaims", `${pod.metadata.name}-${volume.name}`];
  }
  yield* claimsOf(pod);
}

type AnyContainer = Pick<V1Container, "env" | "envFrom">;

function* containersOf(spec: V1PodSpec): Iterable<AnyContainer> {
  yield* spec.initContainers ?? [];
  yield* spec.containers ?? [];
  yield* spec.ephemeralContainers ?? [];
}

function* referencesOfContainer({ env, envFrom }: AnyContainer): Iterable<Named> {
  for (const { secretRef, configMapRef } of envFrom ?? []) {
    yield ["secrets", secretRef?.name];
    yield ["configmaps", configMapRef?.name];
  }
  for (const { valueFrom } of env ?? []) {
    yield ["secrets", valueFrom?.secretKeyRef?.name];
    yield ["configmaps", valueFrom?.configMapKeyRef?.name];
  }
}

function* referencesOfVolume(volume: V1Volume): Iterable<Named> {
  yield ["secrets", secretOfVolume(volume)];
  yield ["configmaps", volume.configMap?.name];
  yield ["persistentvolumeclaims", volume.persistentVolumeClaim?.claimName];
  for (const { secret, configMap } of volume.projected?.sources ?? []) {
    yield ["secrets", secret?.name];
    yield ["configmaps", configMap?.name];
  }
}

/** A volume is of one type, which names its secret in its own way. */
function secretOfVolume(volume: V1Volume): string | undefined {
  const { secret, azureFile, csi, cephfs, cinder, flexVolume, rbd, scaleIO, iscsi, storageos } = volume;
  const referring = cephfs ?? cinder ?? flexVolume ?? rbd ?? scaleIO ?? iscsi ?? storageos;
  return secret?.secretName ?? azureFile?.secretName ?? csi?.nodePublishSecretRef?.name ?? referring?.secretRef?.name;
}

/** Claims by name; one made of a template has its name in the status. Upstream: dynamic-resource-allocation/resourceclaim/resourceclaim.go#Name */
function* claimsOf({ spec, status }: V1Pod): Iterable<Named> {
  const made = new Map(status?.resourceClaimStatuses?.map((claim) => [claim.name, claim.resourceClaimName]));
  for (const { name, resourceClaimName } of spec.resourceClaims ?? []) {
    yield ["resourceclaims", resourceClaimName ?? made.get(name)];
  }
  yield ["resourceclaims", status?.extendedResourceClaimStatus?.resourceClaimName];
}

/** Volumes that need nothing of the API. */
const OWN_VOLUMES: ReadonlySet<string> = new Set([
  "awsElasticBlockStore",
  "azureDisk",
  "cephfs",
  "cinder",
  "downwardAPI",
  "emptyDir",
  "fc",
  "flexVolume",
  "flocker",
  "gcePersistentDisk",
  "gitRepo",
  "hostPath",
  "image",
  "iscsi",
  "nfs",
  "photonPersistentDisk",
  "portworxVolume",
  "quobyte",
  "rbd",
  "scaleIO",
  "storageos",
  "vsphereVolume",
]);

const API_VOLUMES: Readonly<Record<string, string>> = {
  configMap: "configmaps (via configmap volumes)",
  secret: "secrets (via secret volumes)",
  csi: "csidrivers (via CSI volumes)",
  glusterfs: "endpoints (via glusterFS volumes)",
  persistentVolumeClaim: "persistentvolumeclaims",
  ephemeral: "persistentvolumeclaims (via ephemeral volumes)",
  azureFile: "secrets (via azureFile volumes)",
};

const API_SOURCES: Readonly<Record<string, string>> = {
  configMap: "configmaps (via projected volumes)",
  secret: "secrets (via projected volumes)",
  serviceAccountToken: "serviceaccounts (via projected volumes)",
  clusterTrustBundle: "clustertrustbundles",
  podCertificate: "podcertificates",
};

/** What of the API a pod needs on its node, in words; undefined when it needs nothing. Upstream: pkg/api/pod/util.go#HasAPIObjectReference */
export function neededOfApi(pod: V1Pod): string | undefined {
  if (pod.spec.serviceAccountName) return "serviceaccounts";
  const names = new Set([...podReferences(pod)].map(({ resource }) => resource));
  for (const resource of ["secrets", "configmaps"] as const) if (names.has(resource)) return resource;
  if ((pod.spec.resourceClaims ?? []).length > 0) return "resourceclaims";
  for (const volume of pod.spec.volumes ?? []) {
    const needed = neededByVolume(volume);
    if (needed !== undefined) return needed;
  }
  return undefined;
}

/** What of the API a volume of a pod needs on its node, in words; undefined when it needs nothing. */
export function neededByVolume(volume: V1Volume): string | undefined {
  if (volume.projected) {
    const types = volume.projected.sources?.flatMap((source) => namesOf(source)) ?? [];
    const type = types.find((name) => name !== "downwardAPI");
    return type === undefined ? undefined : (API_SOURCES[type] ?? "unknown projected volume sources");
  }
  const type = namesOf(volume).find((name) => name !== "name") ?? "";
  return OWN_VOLUMES.has(type) ? undefined : (API_VOLUMES[type] ?? "unknown volume types");
}

const namesOf = (value: object): string[] =>
  Object.entries(value).flatMap(([name, of]) => (of === undefined ? [] : [name]));

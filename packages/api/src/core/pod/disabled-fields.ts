import type { Draft } from "@dingi/apimachinery";
import type { V1Container, V1PodSpec, V1PodStatus, V1Probe, V1VolumeProjection } from "./pod.gen.ts";

/**
 * Takes out fields whose feature gates are off by default in this version, except where the old object has them.
 * Upstream: pkg/api/pod/util.go#dropDisabledFields, pkg/features/kube_features.go
 */
export function dropDisabledFields(spec: Draft<V1PodSpec>, old?: V1PodSpec): void {
  if (!old?.schedulingGroup) drop(spec, "schedulingGroup");
  if (!old?.evictionResponders) drop(spec, "evictionResponders");
  const before = old ? allContainers(old) : [];
  const uses = (test: (container: V1Container) => unknown): boolean => before.some(test);
  const keep: ContainerFeatures = {
    bindMountOptions: uses((container) => (container.volumeMounts ?? []).some((mount) => mount.bindMountOptions)),
    stopSignal: uses((container) => container.lifecycle?.stopSignal),
    probeProtocols: uses((container) =>
      probesOf(container).some((probe) => probe?.httpGet?.protocol || probe?.grpc?.mode),
    ),
  };
  for (const container of allContainers(spec)) dropFromContainer(container, keep);
  dropFromVolumes(spec, old);
}

/** To delete what is not there costs much more than to ask. */
function drop<T extends object>(object: T | undefined, field: keyof T): void {
  if (object?.[field] !== undefined) delete object[field];
}

interface ContainerFeatures {
  readonly bindMountOptions: boolean;
  readonly stopSignal: boolean;
  readonly probeProtocols: boolean;
}

function allContainers<T>(spec: {
  readonly initContainers?: readonly T[] | undefined;
  readonly containers: readonly T[];
  readonly ephemeralContainers?: readonly T[] | undefined;
}): T[] {
  return [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...(spec.ephemeralContainers ?? [])];
}

const probesOf = <C extends Pick<V1Container, "livenessProbe" | "readinessProbe" | "startupProbe">>(
  container: C,
): C["livenessProbe"][] => [container.livenessProbe, container.readinessProbe, container.startupProbe];

function dropFromContainer(container: Draft<V1Container>, keep: ContainerFeatures): void {
  if (!keep.bindMountOptions) for (const mount of container.volumeMounts ?? []) drop(mount, "bindMountOptions");
  if (!keep.stopSignal) dropStopSignal(container);
  if (!keep.probeProtocols) dropProtocols(container);
}

function dropProtocols(container: Draft<V1Container>): void {
  const { postStart, preStop } = container.lifecycle ?? {};
  const probes = probesOf(container) as (Draft<V1Probe> | undefined)[];
  for (const probe of probes) drop(probe?.grpc, "mode");
  for (const handler of [...probes, postStart, preStop]) drop(handler?.httpGet, "protocol");
}

function dropStopSignal(container: Draft<V1Container>): void {
  if (container.lifecycle?.stopSignal === undefined) return;
  delete container.lifecycle.stopSignal;
  if (Object.keys(container.lifecycle).length === 0) delete container.lifecycle;
}

function dropFromVolumes(spec: Draft<V1PodSpec>, old: V1PodSpec | undefined): void {
  const before = old?.volumes ?? [];
  if (!before.some((volume) => volume.emptyDir?.mode !== undefined)) {
    for (const volume of spec.volumes ?? []) drop(volume.emptyDir, "mode");
  }
  if (!JSON.stringify(before).includes('"user":') && !JSON.stringify(before).includes('"defaultUser":'))
    dropUsers(spec);
}

/** The owners of files in volumes that the kubelet writes. */
function dropUsers(spec: Draft<V1PodSpec>): void {
  for (const { secret, configMap, downwardAPI, projected } of spec.volumes ?? []) {
    for (const source of [secret, configMap, downwardAPI, projected]) drop(source, "defaultUser");
    for (const source of [secret, configMap, downwardAPI]) dropItemUsers(source);
    for (const source of projected?.sources ?? []) dropSourceUsers(source);
  }
}

function dropSourceUsers(source: Draft<V1VolumeProjection>): void {
  for (const part of [source.secret, source.configMap, source.downwardAPI]) dropItemUsers(part);
  for (const part of [source.serviceAccountToken, source.clusterTrustBundle, source.podCertificate]) drop(part, "user");
}

function dropItemUsers(source: { items?: { user?: unknown }[] | undefined } | undefined): void {
  for (const item of source?.items ?? []) drop(item, "user");
}

/** Upstream: …#dropDisabledPodStatusFields */
export function dropDisabledStatusFields(status: Draft<V1PodStatus>, old: V1PodStatus): void {
  if (!old.volumeHealth) drop(status, "volumeHealth");
  if (!old.nodeAllocatableResourceClaimStatuses) drop(status, "nodeAllocatableResourceClaimStatuses");
  if (containerStatuses(old).some(({ volumeMounts = [] }) => volumeMounts.some(({ volumeStatus }) => volumeStatus))) {
    return;
  }
  for (const { volumeMounts = [] } of containerStatuses(status)) {
    for (const mount of volumeMounts) drop(mount, "volumeStatus");
  }
}

function containerStatuses<T>(status: {
  readonly containerStatuses?: readonly T[] | undefined;
  readonly initContainerStatuses?: readonly T[] | undefined;
  readonly ephemeralContainerStatuses?: readonly T[] | undefined;
}): T[] {
  const { containerStatuses: main, initContainerStatuses: init, ephemeralContainerStatuses: ephemeral } = status;
  return [...(main ?? []), ...(init ?? []), ...(ephemeral ?? [])];
}

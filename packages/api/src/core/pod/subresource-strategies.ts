import {
  adopt,
  ipWarnings,
  path,
  resetObjectMetaForStatus,
  type Draft,
  type UpdateStrategy,
} from "@dingi/apimachinery";
import { dropDisabledFields, dropDisabledStatusFields } from "./disabled-fields.ts";
import { defaultPodLevelResources } from "./pod-level-resources.ts";
import { V1PodSpec, type V1Container, type V1Pod } from "./pod.gen.ts";
import { validatePodResize } from "./resize-validation.ts";
import { validatePodStatusUpdate } from "./status-validation.ts";
import { raiseGeneration } from "./strategy.ts";
import { validateEphemeralContainersUpdate } from "./update-validation.ts";

/** Upstream: pkg/registry/core/pod/strategy.go#podStatusStrategy */
export const statusStrategy: UpdateStrategy<V1Pod> = {
  resetFields: [["spec"], ["metadata", "deletionTimestamp"], ["metadata", "ownerReferences"]],
  prepareForUpdate(pod, old) {
    pod.spec = adopt(old.spec);
    delete pod.metadata.deletionTimestamp;
    if (old.metadata.deletionTimestamp) pod.metadata.deletionTimestamp = old.metadata.deletionTimestamp;
    pod.metadata.ownerReferences = adopt(old.metadata.ownerReferences);
    const { status } = pod;
    status.qosClass ||= old.status.qosClass;
    status.resourceClaimStatuses ??= adopt(old.status.resourceClaimStatuses);
    status.extendedResourceClaimStatus ??= adopt(old.status.extendedResourceClaimStatus);
    status.nodeAllocatableResourceClaimStatuses ??= adopt(old.status.nodeAllocatableResourceClaimStatuses);
    dropDisabledStatusFields(status, old.status);
    keepObservedGenerations(pod, old);
  },
  validateUpdate: validatePodStatusUpdate,
  warningsOnUpdate: ({ status }) => [
    ...(status.podIPs ?? []).flatMap(({ ip }, i) => ipWarnings(ip, path("status", "podIPs").index(i).child("ip"))),
    ...(status.hostIPs ?? []).flatMap(({ ip }, i) => ipWarnings(ip, path("status", "hostIPs").index(i).child("ip"))),
  ],
};

/** A writer that does not know the field must not erase it. Upstream: …#preserveOldObservedGeneration */
function keepObservedGenerations({ status }: Draft<V1Pod>, old: V1Pod): void {
  status.observedGeneration ||= old.status.observedGeneration;
  const known = Map.groupBy(old.status.conditions ?? [], ({ type }) => type);
  for (const condition of status.conditions ?? []) {
    const before = known.get(condition.type)?.shift();
    if (!condition.observedGeneration && before?.observedGeneration)
      condition.observedGeneration = before.observedGeneration;
  }
}

/** All of a pod's spec but `kept` is out of this door's reach. */
const specFieldsExcept = (...kept: string[]): string[][] => [
  ["metadata"],
  ["status"],
  ...[...V1PodSpec.fields.keys()].filter((name) => !kept.includes(name)).map((name) => ["spec", name]),
];

/** Upstream: pkg/registry/core/pod/strategy.go#podEphemeralContainersStrategy */
export const ephemeralContainersStrategy: UpdateStrategy<V1Pod> = {
  resetFields: specFieldsExcept("ephemeralContainers"),
  prepareForUpdate(pod, old) {
    pod.spec = { ...adopt(old.spec), ephemeralContainers: pod.spec.ephemeralContainers };
    pod.status = adopt(old.status);
    resetObjectMetaForStatus(pod.metadata, old.metadata);
    raiseGeneration(pod, old);
  },
  validateUpdate: validateEphemeralContainersUpdate,
};

/** Upstream: …#podResizeStrategy */
export const resizeStrategy: UpdateStrategy<V1Pod> = {
  resetFields: specFieldsExcept("containers", "initContainers", "resources"),
  prepareForUpdate(pod, old) {
    keepAllButResources(pod, old);
    if (!pod.spec.resources && old.spec.resources) pod.spec.resources = structuredClone(adopt(old.spec.resources));
    if (pod.spec.resources) defaultPodLevelResources(pod);
    dropDisabledFields(pod.spec, old.spec);
    raiseGeneration(pod, old);
  },
  validateUpdate: validatePodResize,
};

/** Upstream: …#dropNonResizeUpdates */
function keepAllButResources(pod: Draft<V1Pod>, old: V1Pod): void {
  const { initContainers = [], resources } = pod.spec;
  const containers = pod.spec.containers ?? [];
  const [main, before] = [old.spec.containers ?? [], old.spec.initContainers ?? []];
  if (containers.length !== main.length || initContainers.length !== before.length) return;
  pod.spec = {
    ...adopt(old.spec),
    resources,
    containers: resized(containers, main),
    ...(before.length > 0 && { initContainers: resized(initContainers, before) }),
  };
  pod.status = adopt(old.status);
  resetObjectMetaForStatus(pod.metadata, old.metadata);
}

/** Renamed containers are left as they are, for validation to refuse. */
function resized(containers: Draft<V1Container>[], old: readonly V1Container[]): Draft<V1Container>[] {
  if (containers.some(({ name }, i) => name !== old[i]!.name)) return containers;
  return containers.map(({ resources, resizePolicy }, i) => ({
    ...structuredClone(adopt(old[i]!)),
    resources,
    resizePolicy,
  }));
}

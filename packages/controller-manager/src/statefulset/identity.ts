import { StatefulSet, type V1Pod, type V1PersistentVolumeClaim, type V1StatefulSet, type V1Volume } from "@dingi/api";
import type { NewObject } from "@dingi/client";
import { podFromTemplate } from "../pod-control.ts";

const POD_NAME = "statefulset.kubernetes.io/pod-name";
const POD_INDEX = "apps.kubernetes.io/pod-index";
/** Of a pod: the name of the revision that it was made from. */
const REVISION = "controller-revision-hash";
const MAX_ORDINAL = 2 ** 31 - 1;

/** The number behind the set's name; undefined when the pod's name is none of the set's. Upstream: pkg/controller/statefulset/stateful_set_utils.go#getParentNameAndOrdinal */
export function ordinalOf(pod: V1Pod, set: V1StatefulSet): number | undefined {
  const [, parent, digits] = /^(.*)-([0-9]+)$/.exec(pod.metadata.name ?? "") ?? [];
  const ordinal = Number(digits);
  return parent === set.metadata.name && ordinal <= MAX_ORDINAL ? ordinal : undefined;
}

export const firstOrdinal = ({ spec }: V1StatefulSet): number => spec.ordinals?.start ?? 0;

export const replicasOf = ({ spec }: V1StatefulSet): number => spec.replicas ?? 1;

/** Whether the set wants a pod of this number. */
export function isWanted(ordinal: number, set: V1StatefulSet): boolean {
  return ordinal >= firstOrdinal(set) && ordinal < firstOrdinal(set) + replicasOf(set);
}

export const revisionOf = ({ metadata }: V1Pod): string => metadata.labels?.[REVISION] ?? "";

export function claimName(template: V1PersistentVolumeClaim, set: V1StatefulSet, ordinal: number): string {
  return `${template.metadata.name}-${set.metadata.name}-${ordinal}`;
}

/** Its claims and what its template mounts besides. Upstream: …#updateStorage */
function volumesOf(set: V1StatefulSet, ordinal: number, others: readonly V1Volume[]): V1Volume[] {
  const templates = set.spec.volumeClaimTemplates ?? [];
  const names = new Set(templates.map(({ metadata }) => metadata.name));
  const claims = templates.map((template) => ({
    name: template.metadata.name ?? "",
    persistentVolumeClaim: { claimName: claimName(template, set, ordinal) },
  }));
  return [...claims, ...others.filter(({ name }) => !names.has(name))];
}

/** The set as it was at some revision makes a pod with the number. Upstream: …#newVersionedStatefulSetPod */
export function newStatefulPod(set: V1StatefulSet, ordinal: number, revision: string): NewObject<V1Pod> {
  const { metadata, spec } = podFromTemplate({ kind: StatefulSet, object: set }, set.spec.template);
  const name = `${set.metadata.name}-${ordinal}`;
  const labels = { ...metadata.labels, [POD_NAME]: name, [POD_INDEX]: String(ordinal), [REVISION]: revision };
  const volumes = volumesOf(set, ordinal, spec?.volumes ?? []);
  return {
    metadata: { ...metadata, name, labels },
    spec: { ...spec!, hostname: name, subdomain: set.spec.serviceName, volumes },
  };
}

/** Upstream: …#identityMatches, #storageMatches */
export function isItself(pod: V1Pod, set: V1StatefulSet, ordinal: number): boolean {
  const claimed = new Map((pod.spec.volumes ?? []).map((volume) => [volume.name, volume.persistentVolumeClaim]));
  return (
    pod.metadata.labels?.[POD_NAME] === pod.metadata.name &&
    (set.spec.volumeClaimTemplates ?? []).every(
      (template) => claimed.get(template.metadata.name ?? "")?.claimName === claimName(template, set, ordinal),
    )
  );
}

export function asItself(pod: V1Pod, set: V1StatefulSet, ordinal: number): V1Pod {
  const labels = { ...pod.metadata.labels, [POD_NAME]: pod.metadata.name ?? "", [POD_INDEX]: String(ordinal) };
  const volumes = volumesOf(set, ordinal, pod.spec.volumes ?? []);
  return { ...pod, metadata: { ...pod.metadata, labels }, spec: { ...pod.spec, volumes } };
}

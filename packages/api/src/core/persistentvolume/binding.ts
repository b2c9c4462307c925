import type { V1Node } from "../node/node.gen.ts";
import { matchesNodeSelector } from "../node/affinity.ts";
import { STORAGE_CLASS_ANNOTATION } from "../persistentvolumeclaim/storage-class-annotation.ts";
import type { V1PersistentVolumeClaim } from "../persistentvolumeclaim/persistentvolumeclaim.gen.ts";
import type { V1PersistentVolume } from "./persistentvolume.gen.ts";

/** On a claim: the binding is whole. What the value is does not matter. */
export const BIND_COMPLETED = "pv.kubernetes.io/bind-completed";
/** On a claim or a volume: the other one was chosen by a controller, and not named by a user. */
export const BOUND_BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller";
/** On a volume: who made it. */
export const PROVISIONED_BY = "pv.kubernetes.io/provisioned-by";
/** On a claim: the node on which a volume is to be made. */
export const SELECTED_NODE = "volume.kubernetes.io/selected-node";
/** On a claim: who is to make a volume, by both of its names. */
export const STORAGE_PROVISIONER = "volume.kubernetes.io/storage-provisioner";
export const BETA_STORAGE_PROVISIONER = "volume.beta.kubernetes.io/storage-provisioner";
/** Of a StorageClass: nobody makes volumes. */
export const NO_PROVISIONER = "kubernetes.io/no-provisioner";

export function storageClassOf({
  metadata,
  spec,
}: Pick<V1PersistentVolume | V1PersistentVolumeClaim, "metadata" | "spec">): string {
  return metadata.annotations?.[STORAGE_CLASS_ANNOTATION] ?? spec.storageClassName ?? "";
}

/** Whether a claim names a class, be it that of none. */
export function hasStorageClass({ metadata, spec }: V1PersistentVolumeClaim): boolean {
  return metadata.annotations?.[STORAGE_CLASS_ANNOTATION] !== undefined || spec.storageClassName !== undefined;
}

export function isFullyBound({ metadata, spec }: V1PersistentVolumeClaim): boolean {
  return Boolean(spec.volumeName) && metadata.annotations?.[BIND_COMPLETED] !== undefined;
}

/** Whether a volume is bound to, or kept for, a claim. Upstream: component-helpers/storage/volume/pv_helpers.go#IsVolumeBoundToClaim */
export function isVolumeOf({ spec: { claimRef } }: V1PersistentVolume, { metadata }: V1PersistentVolumeClaim): boolean {
  if (!claimRef || claimRef.name !== metadata.name || claimRef.namespace !== metadata.namespace) return false;
  return !claimRef.uid || claimRef.uid === metadata.uid;
}

/** The volume bound to the claim; the same object when it is already. Upstream: …/pv_helpers.go#GetBindVolumeToClaim */
export function boundTo(volume: V1PersistentVolume, claim: V1PersistentVolumeClaim): V1PersistentVolume {
  const { namespace, name, uid, resourceVersion } = claim.metadata;
  if (isVolumeOf(volume, claim) && volume.spec.claimRef?.uid) return volume;
  const claimRef = { apiVersion: "v1", kind: "PersistentVolumeClaim", namespace, name, uid, resourceVersion };
  const marked = isVolumeOf(volume, claim)
    ? volume.metadata
    : { ...volume.metadata, annotations: { ...volume.metadata.annotations, [BOUND_BY_CONTROLLER]: "yes" } };
  return { ...volume, metadata: marked, spec: { ...volume.spec, claimRef } };
}

export function sameVolumeMode(claim: V1PersistentVolumeClaim, volume: V1PersistentVolume): boolean {
  return (claim.spec.volumeMode ?? "Filesystem") === (volume.spec.volumeMode ?? "Filesystem");
}

export function hasAccessModes(claim: V1PersistentVolumeClaim, volume: V1PersistentVolume): boolean {
  return (claim.spec.accessModes ?? []).every((mode) => volume.spec.accessModes?.includes(mode));
}

/** Whether a volume can be reached on a node. Upstream: …/pv_helpers.go#CheckNodeAffinity */
export function isReachableOn({ spec }: V1PersistentVolume, node: Pick<V1Node, "metadata">): boolean {
  const required = spec.nodeAffinity?.required;
  // By labels only: a volume's affinity knows nothing of names.
  const { labels = {} } = node.metadata;
  return !required || matchesNodeSelector(required, { metadata: { labels }, spec: {}, status: {} });
}

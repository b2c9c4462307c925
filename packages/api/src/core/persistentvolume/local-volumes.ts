import { PROVISIONED_BY } from "./binding.ts";
import type { V1PersistentVolume } from "./persistentvolume.gen.ts";

/** Who makes volumes on the nodes' own disks: a StorageClass names it. Ours, and not upstream's. */
export const LOCAL_PROVISIONER = "dingi.dev/local";
/** Label of such a volume: on which node its data lie. */
export const LOCAL_VOLUME_NODE = "dingi.dev/local-volume-node";
/** The volume's object stays until its node has removed the data. */
export const LOCAL_VOLUME_FINALIZER = "dingi.dev/local-volume";
/** Annotation: the node has made the directory, and makes it only once. Data that are lost are not replaced by nothing. */
export const LOCAL_VOLUME_MADE = "dingi.dev/local-volume-made";

export const isLocalVolume = ({ metadata, spec }: V1PersistentVolume): boolean =>
  spec.local !== undefined && metadata.annotations?.[PROVISIONED_BY] === LOCAL_PROVISIONER;

/** What is to happen to a volume's data. */
export type LocalVolumePlan = "keep" | "make" | "remove" | "let go";

/**
 * What a volume's node has to do for it: once its claim is gone, data that are to be deleted are; others stay on the disk
 * when their object goes.
 */
export function planLocalVolume(volume: V1PersistentVolume): LocalVolumePlan {
  if (!isLocalVolume(volume)) return "keep";
  const { metadata, spec } = volume;
  const isDisposable = spec.persistentVolumeReclaimPolicy === "Delete";
  if (metadata.deletionTimestamp !== undefined) return planDeleted(volume, isDisposable);
  if (isReleased(volume)) return isDisposable ? "remove" : "keep";
  return metadata.annotations?.[LOCAL_VOLUME_MADE] === undefined ? "make" : "keep";
}

/** While it is bound, its protection keeps it. */
function planDeleted({ status }: V1PersistentVolume, isDisposable: boolean): LocalVolumePlan {
  if (status.phase === "Bound") return "keep";
  return isDisposable ? "remove" : "let go";
}

const isReleased = ({ status }: V1PersistentVolume): boolean =>
  status.phase === "Released" || status.phase === "Failed";

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
  const { metadata, spec, status } = volume;
  if (!isLocalVolume(volume)) return "keep";
  const isDeleting = metadata.deletionTimestamp !== undefined;
  const isReleased = status.phase === "Released" || status.phase === "Failed";
  const isDisposable = spec.persistentVolumeReclaimPolicy === "Delete";
  // While it is bound, its protection keeps it.
  if (isReleased && isDisposable) return "remove";
  if (isDeleting && status.phase !== "Bound") return isDisposable ? "remove" : "let go";
  return isDeleting || metadata.annotations?.[LOCAL_VOLUME_MADE] !== undefined ? "keep" : "make";
}

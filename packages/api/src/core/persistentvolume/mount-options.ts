import { forbidden, path, type FieldError } from "@dingi/apimachinery";
import type { V1PersistentVolume, V1PersistentVolumeSource } from "./persistentvolume.gen.ts";

export const MOUNT_OPTIONS_ANNOTATION = "volume.beta.kubernetes.io/mount-options";

const MOUNTED: readonly (keyof V1PersistentVolumeSource)[] = [
  "gcePersistentDisk",
  "awsElasticBlockStore",
  "glusterfs",
  "nfs",
  "rbd",
  "quobyte",
  "iscsi",
  "cinder",
  "cephfs",
  "azureFile",
  "vsphereVolume",
  "azureDisk",
  "photonPersistentDisk",
];

/** The annotation of old is refused where it means nothing; the field is not. Upstream: pkg/volume/validation/pv_validation.go */
export function mountOptionErrors({ metadata, spec }: V1PersistentVolume): FieldError[] {
  if (metadata.annotations?.[MOUNT_OPTIONS_ANNOTATION] === undefined || MOUNTED.some((name) => spec[name])) return [];
  const field = path("metadata", "annotations", MOUNT_OPTIONS_ANNOTATION);
  return [forbidden(field, "may not specify mount options for this volume type")];
}

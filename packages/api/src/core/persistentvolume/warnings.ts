import { path } from "@dingi/apimachinery";
import { nodeSelectorTermWarnings } from "../node/deprecated-labels.ts";
import { STORAGE_CLASS_ANNOTATION } from "../persistentvolumeclaim/storage-class-annotation.ts";
import { MOUNT_OPTIONS_ANNOTATION } from "./mount-options.ts";
import type { V1PersistentVolume, V1PersistentVolumeSource } from "./persistentvolume.gen.ts";

const ANNOTATIONS: readonly (readonly [string, string])[] = [
  [STORAGE_CLASS_ANNOTATION, 'deprecated since v1.8; use "storageClassName" attribute instead'],
  [MOUNT_OPTIONS_ANNOTATION, 'deprecated since v1.31; use "mountOptions" attribute instead'],
];
const RECYCLE =
  "The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.";
/** In upstream's order; "storageos" goes by another name there. */
const SOURCES: readonly (readonly [keyof V1PersistentVolumeSource, string])[] = [
  ["cephfs", "deprecated in v1.28, non-functional in v1.31+"],
  ["photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"],
  ["scaleIO", "deprecated in v1.16, non-functional in v1.22+"],
  ["storageos", "deprecated in v1.22, non-functional in v1.25+"],
  ["glusterfs", "deprecated in v1.25, non-functional in v1.26+"],
  ["rbd", "deprecated in v1.28, non-functional in v1.31+"],
];
const SPEC = path("spec");

/** Upstream: pkg/api/persistentvolume/util.go#GetWarningsForPersistentVolume */
export function volumeWarnings({ metadata, spec }: V1PersistentVolume): string[] {
  const annotated = ANNOTATIONS.filter(([name]) => metadata.annotations?.[name] !== undefined);
  const terms = spec.nodeAffinity?.required?.nodeSelectorTerms ?? [];
  const termsField = SPEC.child("nodeAffinity", "required", "nodeSelectorTerms");
  return [
    ...annotated.map(([name, text]) => `${path("metadata", "annotations").key(name)}: ${text}`),
    ...(spec.persistentVolumeReclaimPolicy === "Recycle"
      ? [`${SPEC.child("persistentVolumeReclaimPolicy")}: ${RECYCLE}`]
      : []),
    ...terms.flatMap((term, i) => nodeSelectorTermWarnings(term, false, termsField.index(i))),
    ...SOURCES.filter(([name]) => spec[name]).map(
      ([name, text]) => `${SPEC.child(name === "storageos" ? "storageOS" : name)}: ${text}`,
    ),
  ];
}

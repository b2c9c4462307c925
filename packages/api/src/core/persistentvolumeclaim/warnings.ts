import { path, type FieldPath } from "@dingi/apimachinery";
import { fractionWarnings } from "../pod/warnings/fractions.ts";
import type { V1PersistentVolumeClaim, V1PersistentVolumeClaimSpec } from "./persistentvolumeclaim.gen.ts";
import { annotatedStorageClass, STORAGE_CLASS_ANNOTATION } from "./storage-class-annotation.ts";

/** Upstream: pkg/api/persistentvolumeclaim/util.go#GetWarningsForPersistentVolumeClaim */
export function claimWarnings({ metadata, spec }: V1PersistentVolumeClaim): string[] {
  const at = path("metadata", "annotations").key(STORAGE_CLASS_ANNOTATION);
  const isOld = annotatedStorageClass(metadata) !== undefined;
  return [
    ...(isOld ? [`${at}: deprecated since v1.8; use "storageClassName" attribute instead`] : []),
    ...claimSpecWarnings(spec, path("spec")),
  ];
}

/** Upstream: …#GetWarningsForPersistentVolumeClaimSpec */
export function claimSpecWarnings({ resources }: V1PersistentVolumeClaimSpec, field: FieldPath): string[] {
  const at = field.child("resources");
  return (["requests", "limits"] as const).flatMap((list) =>
    fractionWarnings(resources?.[list], at.child(list), ["storage"]),
  );
}

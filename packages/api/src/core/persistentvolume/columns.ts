import { ageColumn, nameColumn, type Column } from "@dingi/apimachinery";
import { accessModesText } from "../persistentvolumeclaim/access-modes.ts";
import { annotatedStorageClass } from "../persistentvolumeclaim/storage-class-annotation.ts";
import type { V1PersistentVolume } from "./persistentvolume.gen.ts";

const UNSET = "<unset>";

/** Upstream: pkg/printers/internalversion/printers.go#printPersistentVolume */
export const columns: readonly Column<V1PersistentVolume>[] = [
  nameColumn,
  { name: "Capacity", type: "string", value: ({ spec }) => spec.capacity?.["storage"] ?? "0" },
  { name: "Access Modes", type: "string", value: ({ spec }) => accessModesText(spec.accessModes ?? []) },
  { name: "Reclaim Policy", type: "string", value: ({ spec }) => spec.persistentVolumeReclaimPolicy ?? "" },
  {
    name: "Status",
    type: "string",
    value: ({ metadata, status }) => (metadata.deletionTimestamp ? "Terminating" : (status.phase ?? "")),
  },
  { name: "Claim", type: "string", value: claimText },
  {
    name: "StorageClass",
    type: "string",
    value: ({ metadata, spec }) => annotatedStorageClass(metadata) ?? spec.storageClassName ?? "",
  },
  { name: "VolumeAttributesClass", type: "string", value: ({ spec }) => spec.volumeAttributesClassName ?? UNSET },
  { name: "Reason", type: "string", value: ({ status }) => status.reason ?? "" },
  ageColumn,
  { name: "VolumeMode", type: "string", priority: 1, value: ({ spec }) => spec.volumeMode ?? UNSET },
];

function claimText({ spec: { claimRef } }: V1PersistentVolume): string {
  return claimRef ? `${claimRef.namespace ?? ""}/${claimRef.name ?? ""}` : "";
}

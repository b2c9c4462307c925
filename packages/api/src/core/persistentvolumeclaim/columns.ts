import { ageColumn, nameColumn, type Column } from "@dingi/apimachinery";
import { accessModesText } from "./access-modes.ts";
import type { V1PersistentVolumeClaim } from "./persistentvolumeclaim.gen.ts";
import { annotatedStorageClass } from "./storage-class-annotation.ts";

const UNSET = "<unset>";

type Show = (claim: V1PersistentVolumeClaim) => string;

/** Nothing is known of the volume before there is one. */
const ofVolume =
  (show: Show): Show =>
  (claim) =>
    claim.spec.volumeName ? show(claim) : "";

/** Upstream: pkg/printers/internalversion/printers.go#printPersistentVolumeClaim */
export const columns: readonly Column<V1PersistentVolumeClaim>[] = [
  nameColumn,
  {
    name: "Status",
    type: "string",
    value: ({ metadata, status }) => (metadata.deletionTimestamp ? "Terminating" : (status.phase ?? "")),
  },
  { name: "Volume", type: "string", value: ({ spec }) => spec.volumeName ?? "" },
  { name: "Capacity", type: "string", value: ofVolume(({ status }) => status.capacity?.["storage"] ?? "0") },
  { name: "Access Modes", type: "string", value: ofVolume(({ status }) => accessModesText(status.accessModes ?? [])) },
  {
    name: "StorageClass",
    type: "string",
    value: ({ metadata, spec }) => annotatedStorageClass(metadata) ?? spec.storageClassName ?? "",
  },
  { name: "VolumeAttributesClass", type: "string", value: ({ spec }) => spec.volumeAttributesClassName ?? UNSET },
  ageColumn,
  { name: "VolumeMode", type: "string", priority: 1, value: ({ spec }) => spec.volumeMode ?? UNSET },
];

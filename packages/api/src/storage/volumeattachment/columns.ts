import { ageColumn, nameColumn, type Column } from "@dingi/apimachinery";
import type { V1VolumeAttachment } from "./volumeattachment.gen.ts";

/** Upstream: pkg/printers/internalversion/printers.go#printVolumeAttachment */
export const columns: readonly Column<V1VolumeAttachment>[] = [
  nameColumn,
  { name: "Attacher", type: "string", format: "name", value: ({ spec }) => spec.attacher ?? "" },
  { name: "PV", type: "string", value: ({ spec }) => spec.source?.persistentVolumeName ?? "" },
  { name: "Node", type: "string", value: ({ spec }) => spec.nodeName ?? "" },
  { name: "Attached", type: "boolean", value: ({ status }) => status.attached ?? false },
  ageColumn,
];

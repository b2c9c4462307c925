import { ageColumn, nameColumn, type Column } from "@dingi/apimachinery";
import type { V1CSIDriver } from "./csidriver.gen.ts";

/** Upstream: pkg/printers/internalversion/printers.go#printCSIDriver */
export const columns: readonly Column<V1CSIDriver>[] = [
  nameColumn,
  { name: "AttachRequired", type: "boolean", value: ({ spec }) => spec.attachRequired ?? true },
  { name: "PodInfoOnMount", type: "boolean", value: ({ spec }) => spec.podInfoOnMount ?? false },
  { name: "StorageCapacity", type: "boolean", value: ({ spec }) => spec.storageCapacity ?? false },
  {
    name: "TokenRequests",
    type: "string",
    value: ({ spec }) => spec.tokenRequests?.map(({ audience }) => audience).join(",") ?? "<unset>",
  },
  { name: "RequiresRepublish", type: "boolean", value: ({ spec }) => spec.requiresRepublish ?? false },
  { name: "Modes", type: "string", value: ({ spec }) => (spec.volumeLifecycleModes ?? []).join(",") || "<none>" },
  ageColumn,
];

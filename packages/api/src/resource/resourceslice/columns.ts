import { ageColumn, nameColumn, type Column } from "@dingi/apimachinery";
import type { V1ResourceSlice } from "./resourceslice.gen.ts";

/** Upstream: pkg/printers/internalversion/printers.go#printResourceSlice */
export const columns: readonly Column<V1ResourceSlice>[] = [
  nameColumn,
  { name: "Node", type: "string", value: ({ spec }) => spec.nodeName ?? "" },
  { name: "Driver", type: "string", value: ({ spec }) => spec.driver ?? "" },
  { name: "Pool", type: "string", value: ({ spec }) => spec.pool?.name ?? "" },
  ageColumn,
];

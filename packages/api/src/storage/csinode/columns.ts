import { ageColumn, nameColumn, type Column } from "@dingi/apimachinery";
import type { V1CSINode } from "./csinode.gen.ts";

/** Upstream: pkg/printers/internalversion/printers.go#printCSINode */
export const columns: readonly Column<V1CSINode>[] = [
  nameColumn,
  { name: "Drivers", type: "integer", value: ({ spec }) => spec.drivers?.length ?? 0 },
  ageColumn,
];

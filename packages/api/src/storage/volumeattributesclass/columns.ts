import { ageColumn, nameColumn, type Column } from "@dingi/apimachinery";
import type { V1VolumeAttributesClass } from "./volumeattributesclass.gen.ts";

/** Upstream: pkg/printers/internalversion/printers.go#printVolumeAttributesClass */
export const columns: readonly Column<V1VolumeAttributesClass>[] = [
  nameColumn,
  { name: "DriverName", type: "string", value: ({ driverName }) => driverName ?? "" },
  ageColumn,
];

import { ageColumn, nameColumn, type Column } from "@dingi/apimachinery";
import { defaultStorageClassOf } from "./default-class.ts";
import type { V1StorageClass } from "./storageclass.gen.ts";

/** Upstream: pkg/printers/internalversion/printers.go#printStorageClass */
export const columns: readonly Column<V1StorageClass>[] = [
  nameColumn,
  { name: "Provisioner", type: "string", value: ({ provisioner }) => provisioner ?? "" },
  { name: "ReclaimPolicy", type: "string", value: ({ reclaimPolicy }) => reclaimPolicy ?? "Delete" },
  { name: "VolumeBindingMode", type: "string", value: ({ volumeBindingMode }) => volumeBindingMode ?? "Immediate" },
  {
    name: "AllowVolumeExpansion",
    type: "string",
    value: ({ allowVolumeExpansion }) => allowVolumeExpansion ?? false,
  },
  ageColumn,
];

/** In a list, which of them is the default. Upstream: …#printStorageClassList */
export function listColumns(classes: readonly V1StorageClass[]): readonly Column<V1StorageClass>[] {
  const chosen = defaultStorageClassOf(classes)?.metadata.name;
  const shownName = ({ metadata: { name = "" } }: V1StorageClass) => (name === chosen ? `${name} (default)` : name);
  return [{ ...nameColumn, value: shownName }, ...columns.slice(1)];
}

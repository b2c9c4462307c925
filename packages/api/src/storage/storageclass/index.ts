import { defineKind } from "@dingi/apimachinery";
import { columns, listColumns } from "./columns.ts";
import { defaultStorageClass } from "./defaults.ts";
import { V1StorageClass } from "./storageclass.gen.ts";
import { strategy } from "./strategy.ts";

export { defaultStorageClassOf } from "./default-class.ts";
export * from "./storageclass.gen.ts";

export const StorageClass = defineKind<V1StorageClass>({
  group: "storage.k8s.io",
  kind: "StorageClass",
  plural: "storageclasses",
  shortNames: ["sc"],
  scope: "Cluster",
  versions: { "storage.k8s.io/v1": { schema: V1StorageClass, defaults: defaultStorageClass, storage: true } },
  strategy,
  columns,
  listColumns,
  returnsDeletedObject: true,
});

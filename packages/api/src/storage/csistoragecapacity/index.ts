import { createdAtColumn, defineKind, nameColumn } from "@dingi/apimachinery";
import { V1CSIStorageCapacity } from "./csistoragecapacity.gen.ts";
import { strategy } from "./strategy.ts";

export * from "./csistoragecapacity.gen.ts";

export const CSIStorageCapacity = defineKind<V1CSIStorageCapacity>({
  group: "storage.k8s.io",
  kind: "CSIStorageCapacity",
  plural: "csistoragecapacities",
  scope: "Namespaced",
  versions: { "storage.k8s.io/v1": { schema: V1CSIStorageCapacity, storage: true } },
  strategy,
  columns: [nameColumn, createdAtColumn],
});

import { defineKind } from "@dingi/apimachinery";
import { columns } from "./columns.ts";
import { V1StorageVersionMigration } from "./storageversionmigration.gen.ts";
import { statusStrategy, strategy } from "./strategy.ts";

export * from "./storageversionmigration.gen.ts";

export const StorageVersionMigration = defineKind<V1StorageVersionMigration>({
  group: "storagemigration.k8s.io",
  kind: "StorageVersionMigration",
  plural: "storageversionmigrations",
  scope: "Cluster",
  versions: { "storagemigration.k8s.io/v1": { schema: V1StorageVersionMigration, storage: true } },
  strategy,
  subresources: { status: { type: "update", strategy: statusStrategy } },
  columns,
});

import { defineKind } from "@dingi/apimachinery";
import { columns } from "./columns.ts";
import { V1CSIDriver } from "./csidriver.gen.ts";
import { defaultCSIDriver } from "./defaults.ts";
import { strategy } from "./strategy.ts";

export * from "./csidriver.gen.ts";

export const CSIDriver = defineKind<V1CSIDriver>({
  group: "storage.k8s.io",
  kind: "CSIDriver",
  plural: "csidrivers",
  scope: "Cluster",
  versions: { "storage.k8s.io/v1": { schema: V1CSIDriver, defaults: defaultCSIDriver, storage: true } },
  strategy,
  columns,
  returnsDeletedObject: true,
});

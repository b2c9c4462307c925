import { ageColumn, defineKind, nameColumn } from "@dingi/apimachinery";
import { V1DeviceClass } from "./deviceclass.gen.ts";
import { strategy } from "./strategy.ts";

export * from "./deviceclass.gen.ts";

export const DeviceClass = defineKind<V1DeviceClass>({
  group: "resource.k8s.io",
  kind: "DeviceClass",
  plural: "deviceclasses",
  scope: "Cluster",
  versions: { "resource.k8s.io/v1": { schema: V1DeviceClass, storage: true } },
  strategy,
  columns: [nameColumn, ageColumn],
  returnsDeletedObject: true,
});

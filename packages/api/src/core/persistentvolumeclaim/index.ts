import { defineKind } from "@dingi/apimachinery";
import { columns } from "./columns.ts";
import { defaultPersistentVolumeClaim } from "./defaults.ts";
import { V1PersistentVolumeClaim } from "./persistentvolumeclaim.gen.ts";
import { statusStrategy, strategy } from "./strategy.ts";

export * from "./persistentvolumeclaim.gen.ts";
export { annotatedStorageClass } from "./storage-class-annotation.ts";

export const PersistentVolumeClaim = defineKind<V1PersistentVolumeClaim>({
  group: "",
  kind: "PersistentVolumeClaim",
  plural: "persistentvolumeclaims",
  shortNames: ["pvc"],
  scope: "Namespaced",
  versions: { v1: { schema: V1PersistentVolumeClaim, defaults: defaultPersistentVolumeClaim, storage: true } },
  strategy,
  subresources: { status: { type: "update", strategy: statusStrategy } },
  columns,
  returnsDeletedObject: true,
});

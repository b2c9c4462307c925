import { defineKind } from "@dingi/apimachinery";
import { columns } from "./columns.ts";
import { defaultPersistentVolume } from "./defaults.ts";
import { V1PersistentVolume } from "./persistentvolume.gen.ts";
import { statusStrategy, strategy } from "./strategy.ts";

export * from "./binding.ts";
export * from "./local-volumes.ts";
export * from "./matching.ts";
export * from "./persistentvolume.gen.ts";

export const PersistentVolume = defineKind<V1PersistentVolume>({
  group: "",
  kind: "PersistentVolume",
  plural: "persistentvolumes",
  shortNames: ["pv"],
  scope: "Cluster",
  versions: { v1: { schema: V1PersistentVolume, defaults: defaultPersistentVolume, storage: true } },
  strategy,
  subresources: { status: { type: "update", strategy: statusStrategy } },
  columns,
  returnsDeletedObject: true,
});

import { defineKind } from "@dingi/apimachinery";
import { columns } from "./columns.ts";
import { strategy } from "./strategy.ts";
import { V1VolumeAttributesClass } from "./volumeattributesclass.gen.ts";

export * from "./volumeattributesclass.gen.ts";

export const VolumeAttributesClass = defineKind<V1VolumeAttributesClass>({
  group: "storage.k8s.io",
  kind: "VolumeAttributesClass",
  plural: "volumeattributesclasses",
  shortNames: ["vac"],
  scope: "Cluster",
  versions: { "storage.k8s.io/v1": { schema: V1VolumeAttributesClass, storage: true } },
  strategy,
  columns,
  returnsDeletedObject: true,
});

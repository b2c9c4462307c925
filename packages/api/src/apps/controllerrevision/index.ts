import { defineKind } from "@dingi/apimachinery";
import { columns } from "./columns.ts";
import { V1ControllerRevision } from "./controllerrevision.gen.ts";
import { strategy } from "./strategy.ts";

export * from "./controllerrevision.gen.ts";

export const ControllerRevision = defineKind<V1ControllerRevision>({
  group: "apps",
  kind: "ControllerRevision",
  plural: "controllerrevisions",
  scope: "Namespaced",
  versions: { "apps/v1": { schema: V1ControllerRevision, storage: true } },
  strategy,
  columns,
});

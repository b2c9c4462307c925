import { defineKind } from "@dingi/apimachinery";
import { columns } from "./columns.ts";
import { V1RuntimeClass } from "./runtimeclass.gen.ts";
import { strategy } from "./strategy.ts";

export * from "./runtimeclass.gen.ts";

export const RuntimeClass = defineKind<V1RuntimeClass>({
  group: "node.k8s.io",
  kind: "RuntimeClass",
  plural: "runtimeclasses",
  scope: "Cluster",
  versions: { "node.k8s.io/v1": { schema: V1RuntimeClass, storage: true } },
  strategy,
  columns,
});

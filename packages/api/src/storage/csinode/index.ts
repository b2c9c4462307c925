import { defineKind } from "@dingi/apimachinery";
import { columns } from "./columns.ts";
import { V1CSINode } from "./csinode.gen.ts";
import { statusStrategy, strategy } from "./strategy.ts";

export * from "./csinode.gen.ts";

export const CSINode = defineKind<V1CSINode>({
  group: "storage.k8s.io",
  kind: "CSINode",
  plural: "csinodes",
  scope: "Cluster",
  versions: { "storage.k8s.io/v1": { schema: V1CSINode, storage: true } },
  strategy,
  subresources: { status: { type: "update", strategy: statusStrategy } },
  columns,
  returnsDeletedObject: true,
});

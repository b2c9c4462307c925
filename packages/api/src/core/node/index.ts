import { defineKind, s, selectFields } from "@dingi/apimachinery";
import { columns } from "./columns.ts";
import { defaultNode } from "./defaults.ts";
import { V1Node } from "./node.gen.ts";
import { statusStrategy, strategy } from "./strategy.ts";

export * from "./affinity.ts";
export * from "./node.gen.ts";
export * from "./taints.ts";

export const Node = defineKind<V1Node>({
  group: "",
  kind: "Node",
  plural: "nodes",
  shortNames: ["no"],
  scope: "Cluster",
  versions: { v1: { schema: V1Node, defaults: defaultNode, storage: true } },
  strategy,
  subresources: {
    proxy: {
      type: "action",
      verbs: ["create", "delete", "get", "patch", "update"],
      responseKind: { group: "", version: "v1", kind: "NodeProxyOptions" },
      options: { path: s.string },
    },
    status: { type: "update", strategy: statusStrategy },
  },
  columns,
  fields: selectFields<V1Node>({ "spec.unschedulable": (node) => String(node.spec.unschedulable ?? false) }),
  storagePath: "minions",
});

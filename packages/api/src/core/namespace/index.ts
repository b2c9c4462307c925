import { defineKind } from "@dingi/apimachinery";
import { columns } from "./columns.ts";
import { defaultNamespace } from "./defaults.ts";
import { fields } from "./fields.ts";
import { V1Namespace } from "./namespace.gen.ts";
import { finalizeStrategy, statusStrategy, strategy } from "./strategy.ts";

export * from "./namespace.gen.ts";

export const Namespace = defineKind<V1Namespace>({
  group: "",
  kind: "Namespace",
  plural: "namespaces",
  shortNames: ["ns"],
  scope: "Cluster",
  versions: { v1: { schema: V1Namespace, defaults: defaultNamespace, storage: true } },
  strategy,
  subresources: {
    finalize: { type: "update", verbs: ["update"], strategy: finalizeStrategy },
    status: { type: "update", strategy: statusStrategy },
  },
  columns,
  fields,
  verbs: ["create", "delete", "get", "list", "patch", "update", "watch"],
});

import { defineKind, s, selectFields } from "@dingi/apimachinery";
import { columns } from "./columns.ts";
import { defaultService } from "./defaults.ts";
import { V1Service } from "./service.gen.ts";
import { statusStrategy, strategy } from "./strategy.ts";

export * from "./allocation.ts";
export * from "./cluster-ip.ts";
export * from "./service.gen.ts";

export const Service = defineKind<V1Service>({
  group: "",
  kind: "Service",
  plural: "services",
  shortNames: ["svc"],
  categories: ["all"],
  scope: "Namespaced",
  versions: { v1: { schema: V1Service, defaults: defaultService, storage: true } },
  strategy,
  subresources: {
    proxy: {
      type: "action",
      verbs: ["create", "delete", "get", "patch", "update"],
      responseKind: { group: "", version: "v1", kind: "ServiceProxyOptions" },
      options: { path: s.string },
    },
    status: { type: "update", strategy: statusStrategy },
  },
  columns,
  fields: selectFields<V1Service>({
    "spec.clusterIP": ({ spec }) => spec.clusterIP,
    "spec.type": ({ spec }) => spec.type,
  }),
  storagePath: "services/specs",
  returnsDeletedObject: true,
});

import { defineKind } from "@dingi/apimachinery";
import { columns } from "./columns.ts";
import { defaultResourceQuota } from "./defaults.ts";
import { V1ResourceQuota } from "./resourcequota.gen.ts";
import { statusStrategy, strategy } from "./strategy.ts";

export * from "./resourcequota.gen.ts";
export * from "./usage/index.ts";

export const ResourceQuota = defineKind<V1ResourceQuota>({
  group: "",
  kind: "ResourceQuota",
  plural: "resourcequotas",
  shortNames: ["quota"],
  scope: "Namespaced",
  versions: { v1: { schema: V1ResourceQuota, defaults: defaultResourceQuota, storage: true } },
  strategy,
  subresources: { status: { type: "update", strategy: statusStrategy } },
  columns,
  returnsDeletedObject: true,
});

import { defineKind } from "@dingi/apimachinery";
import { columns } from "./columns.ts";
import { V1DeviceTaintRule } from "./devicetaintrule.gen.ts";
import { statusStrategy, strategy } from "./strategy.ts";

export * from "./devicetaintrule.gen.ts";

export const DeviceTaintRule = defineKind<V1DeviceTaintRule>({
  group: "resource.k8s.io",
  kind: "DeviceTaintRule",
  plural: "devicetaintrules",
  scope: "Cluster",
  versions: { "resource.k8s.io/v1": { schema: V1DeviceTaintRule, storage: true } },
  strategy,
  subresources: { status: { type: "update", strategy: statusStrategy } },
  columns,
});

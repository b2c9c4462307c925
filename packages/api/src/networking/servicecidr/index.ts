import { defineKind } from "@dingi/apimachinery";
import { columns } from "./columns.ts";
import { V1ServiceCIDR } from "./servicecidr.gen.ts";
import { statusStrategy, strategy } from "./strategy.ts";

export * from "./ip-range.ts";
export * from "./servicecidr.gen.ts";

export const ServiceCIDR = defineKind<V1ServiceCIDR>({
  group: "networking.k8s.io",
  kind: "ServiceCIDR",
  plural: "servicecidrs",
  scope: "Cluster",
  versions: { "networking.k8s.io/v1": { schema: V1ServiceCIDR, storage: true } },
  strategy,
  subresources: { status: { type: "update", strategy: statusStrategy } },
  columns,
});

import { defineKind } from "@dingi/apimachinery";
import { columns } from "./columns.ts";
import { V1IPAddress } from "./ipaddress.gen.ts";
import { strategy } from "./strategy.ts";

export * from "./allocated.ts";
export * from "./ipaddress.gen.ts";

export const IPAddress = defineKind<V1IPAddress>({
  group: "networking.k8s.io",
  kind: "IPAddress",
  plural: "ipaddresses",
  shortNames: ["ip"],
  scope: "Cluster",
  versions: { "networking.k8s.io/v1": { schema: V1IPAddress, storage: true } },
  strategy,
  columns,
});

import { defineKind } from "@dingi/apimachinery";
import { columns } from "./columns.ts";
import { defaultNetworkPolicy } from "./defaults.ts";
import { V1NetworkPolicy } from "./networkpolicy.gen.ts";
import { strategy } from "./strategy.ts";

export * from "./networkpolicy.gen.ts";

export const NetworkPolicy = defineKind<V1NetworkPolicy>({
  group: "networking.k8s.io",
  kind: "NetworkPolicy",
  plural: "networkpolicies",
  shortNames: ["netpol"],
  scope: "Namespaced",
  versions: { "networking.k8s.io/v1": { schema: V1NetworkPolicy, defaults: defaultNetworkPolicy, storage: true } },
  strategy,
  columns,
});

import { defineKind } from "@dingi/apimachinery";
import { columns } from "./columns.ts";
import { V1Ingress } from "./ingress.gen.ts";
import { statusStrategy, strategy } from "./strategy.ts";

export { ingressClassAnnotation } from "./class-annotation.ts";
export * from "./ingress.gen.ts";

export const Ingress = defineKind<V1Ingress>({
  group: "networking.k8s.io",
  kind: "Ingress",
  plural: "ingresses",
  shortNames: ["ing"],
  scope: "Namespaced",
  versions: { "networking.k8s.io/v1": { schema: V1Ingress, storage: true } },
  strategy,
  subresources: { status: { type: "update", strategy: statusStrategy } },
  columns,
});

import { defineKind } from "@dingi/apimachinery";
import { columns } from "./columns.ts";
import { defaultIngressClass } from "./defaults.ts";
import { V1IngressClass } from "./ingressclass.gen.ts";
import { strategy } from "./strategy.ts";

export { defaultIngressClassOf } from "./default-class.ts";
export * from "./ingressclass.gen.ts";

export const IngressClass = defineKind<V1IngressClass>({
  group: "networking.k8s.io",
  kind: "IngressClass",
  plural: "ingressclasses",
  scope: "Cluster",
  versions: { "networking.k8s.io/v1": { schema: V1IngressClass, defaults: defaultIngressClass, storage: true } },
  strategy,
  columns,
});

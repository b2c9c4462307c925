import { defineKind } from "@dingi/apimachinery";
import { columns } from "./columns.ts";
import { V1CustomResourceDefinition } from "./customresourcedefinition.gen.ts";
import { defaultCustomResourceDefinition } from "./defaults.ts";
import { statusStrategy, strategy } from "./strategy.ts";

export * from "./customresourcedefinition.gen.ts";

export const CustomResourceDefinition = defineKind<V1CustomResourceDefinition>({
  group: "apiextensions.k8s.io",
  kind: "CustomResourceDefinition",
  plural: "customresourcedefinitions",
  shortNames: ["crd", "crds"],
  categories: ["api-extensions"],
  scope: "Cluster",
  versions: {
    "apiextensions.k8s.io/v1": {
      schema: V1CustomResourceDefinition,
      defaults: defaultCustomResourceDefinition,
      storage: true,
    },
  },
  strategy,
  subresources: { status: { type: "update", strategy: statusStrategy } },
  columns,
});

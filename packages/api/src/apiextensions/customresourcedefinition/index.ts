import { defineKind } from "@dingi/apimachinery";
import { columns } from "./columns.ts";
import { V1CustomResourceDefinition } from "./customresourcedefinition.gen.ts";
import { defaultCustomResourceDefinition } from "./defaults.ts";
import { statusStrategy, strategy } from "./strategy.ts";

export * from "./customresourcedefinition.gen.ts";
export { Correlated } from "../customresource/correlated.ts";
export { embeddedErrorsOf } from "../customresource/embedded.ts";
export { fillDefaults } from "../customresource/fill-defaults.ts";
export { freeSchemaOf } from "../customresource/free-schema.ts";
export { listTypeErrorsOf } from "../customresource/list-types.ts";
export { NOWHERE } from "../customresource/place.ts";
export { publishedKind } from "../customresource/published-schema.ts";
export { readStored } from "../customresource/read-stored.ts";
export { fieldErrorsOf } from "../customresource/values/findings.ts";
export { evaluateRules, hasRules as schemaHasRules } from "../customresource/rules/evaluate-rules.ts";
export { validateValue } from "../customresource/values/validate-value.ts";
export {
  conditionOf,
  isTrue as isConditionTrue,
  withCondition,
  withoutCondition,
  type NewCondition,
} from "./conditions.ts";
export { approvalOf, type Approval } from "./validation/approval.ts";
export { validateCaBundle } from "./validation/ca-bundle.ts";
export { structuralErrors } from "./validation/structural.ts";

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

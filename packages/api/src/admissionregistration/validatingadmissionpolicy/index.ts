import { defineKind } from "@dingi/apimachinery";
import { policyColumns } from "../policy/columns.ts";
import { defaults } from "./defaults.ts";
import { V1ValidatingAdmissionPolicy } from "./validatingadmissionpolicy.gen.ts";
import { statusStrategy, strategy } from "./strategy.ts";

export * from "./validatingadmissionpolicy.gen.ts";
export { compileExpression, type CompiledExpression } from "../expression/compile.ts";
export { DeclaredVariables } from "../expression/variables-type.ts";
export { typeWarnings, type CheckedKind } from "../expression/type-check.ts";
export type { Schema as CelSchema } from "@dingi/cel";
export { admissionEnvironment, type Declarations } from "../expression/environment.ts";

export const ValidatingAdmissionPolicy = defineKind<V1ValidatingAdmissionPolicy>({
  group: "admissionregistration.k8s.io",
  kind: "ValidatingAdmissionPolicy",
  plural: "validatingadmissionpolicies",
  categories: ["api-extensions"],
  scope: "Cluster",
  versions: {
    "admissionregistration.k8s.io/v1": { schema: V1ValidatingAdmissionPolicy, defaults, storage: true },
  },
  strategy,
  subresources: { status: { type: "update", strategy: statusStrategy } },
  columns: policyColumns("Validations", ({ spec }) => spec.validations),
});

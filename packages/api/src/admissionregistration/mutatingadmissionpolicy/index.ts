import { defineKind } from "@dingi/apimachinery";
import { policyColumns } from "../policy/columns.ts";
import { defaults } from "./defaults.ts";
import { V1MutatingAdmissionPolicy } from "./mutatingadmissionpolicy.gen.ts";
import { strategy } from "./strategy.ts";

export * from "./mutatingadmissionpolicy.gen.ts";
export { JSON_PATCHES_TYPE, JsonPatchValue, OBJECT_TYPE, ObjectValue } from "../expression/mutation-types.ts";

export const MutatingAdmissionPolicy = defineKind<V1MutatingAdmissionPolicy>({
  group: "admissionregistration.k8s.io",
  kind: "MutatingAdmissionPolicy",
  plural: "mutatingadmissionpolicies",
  categories: ["api-extensions"],
  scope: "Cluster",
  versions: {
    "admissionregistration.k8s.io/v1": { schema: V1MutatingAdmissionPolicy, defaults, storage: true },
  },
  strategy,
  columns: policyColumns("Mutations", ({ spec }) => spec.mutations),
});

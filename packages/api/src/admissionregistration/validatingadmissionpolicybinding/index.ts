import { defineKind } from "@dingi/apimachinery";
import { bindingColumns } from "../policy/columns.ts";
import { defaults } from "./defaults.ts";
import { V1ValidatingAdmissionPolicyBinding } from "./validatingadmissionpolicybinding.gen.ts";
import { strategy } from "./strategy.ts";

export * from "./validatingadmissionpolicybinding.gen.ts";

export const ValidatingAdmissionPolicyBinding = defineKind<V1ValidatingAdmissionPolicyBinding>({
  group: "admissionregistration.k8s.io",
  kind: "ValidatingAdmissionPolicyBinding",
  plural: "validatingadmissionpolicybindings",
  categories: ["api-extensions"],
  scope: "Cluster",
  versions: {
    "admissionregistration.k8s.io/v1": { schema: V1ValidatingAdmissionPolicyBinding, defaults, storage: true },
  },
  strategy,
  columns: bindingColumns,
});

import { defineKind } from "@dingi/apimachinery";
import { bindingColumns } from "../policy/columns.ts";
import { defaults } from "./defaults.ts";
import { V1MutatingAdmissionPolicyBinding } from "./mutatingadmissionpolicybinding.gen.ts";
import { strategy } from "./strategy.ts";

export * from "./mutatingadmissionpolicybinding.gen.ts";

export const MutatingAdmissionPolicyBinding = defineKind<V1MutatingAdmissionPolicyBinding>({
  group: "admissionregistration.k8s.io",
  kind: "MutatingAdmissionPolicyBinding",
  plural: "mutatingadmissionpolicybindings",
  categories: ["api-extensions"],
  scope: "Cluster",
  versions: {
    "admissionregistration.k8s.io/v1": { schema: V1MutatingAdmissionPolicyBinding, defaults, storage: true },
  },
  strategy,
  columns: bindingColumns,
});

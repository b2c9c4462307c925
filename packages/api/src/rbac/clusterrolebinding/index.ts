import { defineKind, type Strategy } from "@dingi/apimachinery";
import { bindingColumns } from "../rolebinding/columns.ts";
import { defaultRoleBinding } from "../rolebinding/defaults.ts";
import { validateBinding } from "../rolebinding/validation.ts";
import { V1ClusterRoleBinding } from "./clusterrolebinding.gen.ts";

export * from "./clusterrolebinding.gen.ts";

const RULES = { roleKinds: ["ClusterRole"], namespaced: false };

/** Upstream: pkg/registry/rbac/clusterrolebinding/strategy.go */
const strategy: Strategy<V1ClusterRoleBinding> = {
  allowCreateOnUpdate: true,
  nameFormat: "pathSegment",
  validate: (binding) => validateBinding(binding, RULES),
  validateUpdate: (binding, old) => validateBinding(binding, RULES, old),
};

export const ClusterRoleBinding = defineKind<V1ClusterRoleBinding>({
  group: "rbac.authorization.k8s.io",
  kind: "ClusterRoleBinding",
  plural: "clusterrolebindings",
  scope: "Cluster",
  versions: {
    "rbac.authorization.k8s.io/v1": { schema: V1ClusterRoleBinding, defaults: defaultRoleBinding, storage: true },
  },
  strategy,
  columns: bindingColumns,
});

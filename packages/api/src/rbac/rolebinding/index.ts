import { defineKind, type Strategy } from "@dingi/apimachinery";
import { bindingColumns } from "./columns.ts";
import { defaultRoleBinding } from "./defaults.ts";
import { V1RoleBinding } from "./rolebinding.gen.ts";
import { validateBinding } from "./validation.ts";

export * from "./rolebinding.gen.ts";

const RULES = { roleKinds: ["Role", "ClusterRole"], namespaced: true };

/** Upstream: pkg/registry/rbac/rolebinding/strategy.go */
const strategy: Strategy<V1RoleBinding> = {
  allowCreateOnUpdate: true,
  nameFormat: "pathSegment",
  validate: (binding) => validateBinding(binding, RULES),
  validateUpdate: (binding, old) => validateBinding(binding, RULES, old),
};

export const RoleBinding = defineKind<V1RoleBinding>({
  group: "rbac.authorization.k8s.io",
  kind: "RoleBinding",
  plural: "rolebindings",
  scope: "Namespaced",
  versions: { "rbac.authorization.k8s.io/v1": { schema: V1RoleBinding, defaults: defaultRoleBinding, storage: true } },
  strategy,
  columns: bindingColumns,
});

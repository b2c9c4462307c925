import { createdAtColumn, defineKind, nameColumn, type Strategy } from "@dingi/apimachinery";
import { V1Role } from "./role.gen.ts";
import { validateRules } from "./validation.ts";

export * from "./role.gen.ts";

/** Upstream: pkg/registry/rbac/role/strategy.go */
const strategy: Strategy<V1Role> = {
  allowCreateOnUpdate: true,
  nameFormat: "pathSegment",
  validate: ({ rules }) => validateRules(rules ?? [], { namespaced: true }),
  validateUpdate: ({ rules }) => validateRules(rules ?? [], { namespaced: true }),
};

export const Role = defineKind<V1Role>({
  group: "rbac.authorization.k8s.io",
  kind: "Role",
  plural: "roles",
  scope: "Namespaced",
  versions: { "rbac.authorization.k8s.io/v1": { schema: V1Role, storage: true } },
  strategy,
  columns: [nameColumn, createdAtColumn],
});

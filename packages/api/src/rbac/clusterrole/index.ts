import { createdAtColumn, defineKind, nameColumn, type Strategy } from "@dingi/apimachinery";
import { V1ClusterRole } from "./clusterrole.gen.ts";
import { validateClusterRole } from "./validation.ts";

export * from "./clusterrole.gen.ts";

/** Upstream: pkg/registry/rbac/clusterrole/strategy.go */
const strategy: Strategy<V1ClusterRole> = {
  allowCreateOnUpdate: true,
  nameFormat: "pathSegment",
  validate: (role) => validateClusterRole(role),
  validateUpdate: validateClusterRole,
};

export const ClusterRole = defineKind<V1ClusterRole>({
  group: "rbac.authorization.k8s.io",
  kind: "ClusterRole",
  plural: "clusterroles",
  scope: "Cluster",
  versions: { "rbac.authorization.k8s.io/v1": { schema: V1ClusterRole, storage: true } },
  strategy,
  columns: [nameColumn, createdAtColumn],
});

import type { Draft } from "@dingi/apimachinery";
import type { V1RoleBinding } from "./rolebinding.gen.ts";

export const RBAC_GROUP = "rbac.authorization.k8s.io";

/** Upstream: pkg/apis/rbac/v1/defaults.go */
export function defaultRoleBinding(binding: Draft<V1RoleBinding>): void {
  binding.roleRef.apiGroup ||= RBAC_GROUP;
  for (const subject of binding.subjects ?? []) {
    if (subject.kind === "User" || subject.kind === "Group") subject.apiGroup ||= RBAC_GROUP;
  }
}

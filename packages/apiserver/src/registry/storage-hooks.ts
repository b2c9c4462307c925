import {
  ClusterRole,
  ClusterRoleBinding,
  Namespace,
  PodCertificateRequest,
  ResourceClaim,
  ResourceClaimTemplate,
  Role,
  RoleBinding,
  Service,
} from "@dingi/api";
import type { AnyKind, KindDefinition, KubeObject, StorageHooks } from "@dingi/apimachinery";
import type { Authorizer } from "../authorization/authorizer.ts";
import type { RbacAuthorizer } from "../authorization/rbac/rbac-authorizer.ts";
import { SignPermission } from "./certificates/sign-permission.ts";
import { Escalation } from "./rbac/escalation.ts";
import { AdminAccess } from "./resource/admin-access.ts";
import { claimHooks } from "./resource/claim-hooks.ts";
import { ClaimStatusRights } from "./resource/claim-status-rights.ts";
import { ServiceAllocation, type ServiceHooksOptions } from "./service/service-hooks.ts";

interface StorageHooksOptions extends ServiceHooksOptions {
  readonly rbac: RbacAuthorizer;
  readonly authorizer: Authorizer;
}

/** What the writes of some kinds need besides their own object. */
export function storageHooks(options: StorageHooksOptions): ReadonlyMap<AnyKind, StorageHooks<KubeObject>> {
  const escalation = new Escalation(options.rbac, options.authorizer);
  const namespaces = options.feed.cache(Namespace);
  const access = new AdminAccess((namespace) => namespaces.get(namespace)?.object.metadata.labels ?? {});
  return new Map([
    hook(Service, new ServiceAllocation(options)),
    hook(PodCertificateRequest, new SignPermission(options.authorizer)),
    hook(ResourceClaim, claimHooks(access, new ClaimStatusRights(options.authorizer))),
    hook(ResourceClaimTemplate, access.forTemplates()),
    hook(Role, escalation.forRoles("roles")),
    hook(ClusterRole, escalation.forRoles("clusterroles")),
    hook(RoleBinding, escalation.forBindings("rolebindings")),
    hook(ClusterRoleBinding, escalation.forBindings("clusterrolebindings")),
  ]);
}

/** Of one kind, its type forgotten: the registry treats all kinds alike. */
function hook<T extends KubeObject>(
  kind: KindDefinition<T>,
  hooks: StorageHooks<T>,
): readonly [AnyKind, StorageHooks<KubeObject>] {
  return [kind as unknown as AnyKind, hooks];
}

import {
  ClusterRole,
  ClusterRoleBinding,
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  Namespace,
  PodCertificateRequest,
  ResourceClaim,
  ResourceClaimTemplate,
  Role,
  RoleBinding,
  Service,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from "@dingi/api";
import type { AnyKind, KindDefinition, KubeObject, ServedKinds, StorageHooks } from "@dingi/apimachinery";
import type { Authorizer } from "../authorization/authorizer.ts";
import type { RbacAuthorizer } from "../authorization/rbac/rbac-authorizer.ts";
import { ParamRights } from "./admissionregistration/param-rights.ts";
import { SignPermission } from "./certificates/sign-permission.ts";
import { Escalation } from "./rbac/escalation.ts";
import { AdminAccess } from "./resource/admin-access.ts";
import { claimHooks } from "./resource/claim-hooks.ts";
import { ClaimStatusRights } from "./resource/claim-status-rights.ts";
import { ServiceAllocation, type ServiceHooksOptions } from "./service/service-hooks.ts";

interface StorageHooksOptions extends ServiceHooksOptions {
  readonly rbac: RbacAuthorizer;
  readonly authorizer: Authorizer;
  readonly kinds: ServedKinds;
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
    ...policyHooks(options),
    hook(Role, escalation.forRoles("roles")),
    hook(ClusterRole, escalation.forRoles("clusterroles")),
    hook(RoleBinding, escalation.forBindings("rolebindings")),
    hook(ClusterRoleBinding, escalation.forBindings("clusterrolebindings")),
  ]);
}

function policyHooks({ kinds, authorizer, feed }: StorageHooksOptions) {
  const resourceOf = (apiVersion: string, kind: string) => kinds.scheme.byKind(apiVersion, kind)?.plural;
  const rights = new ParamRights({ authorizer, resourceOf });
  const [validating, mutating] = [feed.cache(ValidatingAdmissionPolicy), feed.cache(MutatingAdmissionPolicy)];
  return [
    hook(ValidatingAdmissionPolicy, rights.forPolicies("ValidatingAdmissionPolicy")),
    hook(MutatingAdmissionPolicy, rights.forPolicies("MutatingAdmissionPolicy")),
    hook(
      ValidatingAdmissionPolicyBinding,
      rights.forBindings("ValidatingAdmissionPolicyBinding", (name) => validating.get(name)?.object as never),
    ),
    hook(
      MutatingAdmissionPolicyBinding,
      rights.forBindings("MutatingAdmissionPolicyBinding", (name) => mutating.get(name)?.object as never),
    ),
  ];
}

/** Of one kind, its type forgotten: the registry treats all kinds alike. */
function hook<T extends KubeObject>(
  kind: KindDefinition<T>,
  hooks: StorageHooks<T>,
): readonly [AnyKind, StorageHooks<KubeObject>] {
  return [kind as unknown as AnyKind, hooks];
}

import type { V1ClusterRole, V1ClusterRoleBinding, V1PolicyRule, V1Role, V1RoleBinding, V1RoleRef } from "@dingi/api";
import {
  goQuote,
  newForbidden,
  type GroupResource,
  type KubeObject,
  type StorageHooks,
  type StrategyContext,
} from "@dingi/apimachinery";
import type { AuthorizationAttributes, Authorizer } from "../../authorization/authorizer.ts";
import { changesOnlyGcFields } from "../gc-fields.ts";
import { missingRights } from "../../authorization/rbac/covers.ts";
import { describeRights, quoteList } from "../../authorization/rbac/describe-rights.ts";
import type { RbacAuthorizer } from "../../authorization/rbac/rbac-authorizer.ts";

const GROUP = "rbac.authorization.k8s.io";
/** What it takes to gather the rules of any role. */
const EVERYTHING: readonly V1PolicyRule[] = [
  { verbs: ["*"], apiGroups: ["*"], resources: ["*"] },
  { verbs: ["*"], nonResourceURLs: ["*"] },
];

/** One write of a role or binding. */
interface Grant {
  readonly resource: GroupResource;
  readonly name: string;
  readonly namespace: string;
  readonly context: StrategyContext;
}

/** Nobody gives what he does not have. Upstream: pkg/registry/rbac/escalation_check.go */
export class Escalation {
  readonly #rbac: RbacAuthorizer;
  readonly #authorizer: Authorizer;

  constructor(rbac: RbacAuthorizer, authorizer: Authorizer) {
    this.#rbac = rbac;
    this.#authorizer = authorizer;
  }

  /** Who writes a role holds what it says, or may "escalate" it. */
  forRoles(plural: "roles" | "clusterroles"): StorageHooks<V1Role | V1ClusterRole> {
    return {
      authorize: async (role, old, context) => {
        if (isPrivileged(context) || isLeftAlone(role, old)) return;
        const grant = grantOf(plural, role, context);
        if (await this.#allows("escalate", { ...grant, name: context.pathName ?? "" })) return;
        this.#confirm(role.rules ?? [], grant);
        if (!gathers(role) && !gathers(old)) return;
        if (this.#missing(EVERYTHING, grant)?.length !== 0)
          throw refuse(grant, "must have cluster-admin privileges to use the aggregationRule");
      },
    };
  }

  /** Who binds a role holds what it says, or may "bind" it. */
  forBindings(plural: "rolebindings" | "clusterrolebindings"): StorageHooks<V1RoleBinding | V1ClusterRoleBinding> {
    return {
      authorize: async (binding, old, context) => {
        if (isPrivileged(context) || isLeftAlone(binding, old)) return;
        const grant = grantOf(plural, binding, context);
        const { roleRef } = binding;
        if (await this.#mayBind(roleRef, grant)) return;
        this.#confirm(this.#rbac.rulesOfRole(roleRef, grant.namespace), grant);
      },
    };
  }

  async #mayBind({ apiGroup, kind, name }: V1RoleRef, grant: Grant): Promise<boolean> {
    if (kind !== "Role" && kind !== "ClusterRole") return false;
    const resource = { group: apiGroup, resource: kind === "Role" ? "roles" : "clusterroles" };
    return await this.#allows("bind", { ...grant, resource, name });
  }

  async #allows(verb: string, { resource, name, namespace, context }: Grant): Promise<boolean> {
    const attributes: AuthorizationAttributes = {
      user: context.user,
      verb,
      isResource: true,
      path: "",
      version: "*",
      subresource: "",
      namespace,
      name,
      ...resource,
    };
    return (await this.#authorizer.authorize(attributes)).decision === "allow";
  }

  #missing(rules: readonly V1PolicyRule[], { context, namespace }: Grant): readonly V1PolicyRule[] | undefined {
    const owned = this.#rbac.rulesFor(context.user, namespace).map(({ rule }) => rule);
    return missingRights(owned, rules);
  }

  /** Upstream: pkg/registry/rbac/validation/rule.go#ConfirmNoEscalation */
  #confirm(rules: readonly V1PolicyRule[], grant: Grant): void {
    const missing = this.#missing(rules, grant);
    if (missing?.length === 0) return;
    const { name, groups } = grant.context.user;
    const what = missing ? describeRights(missing) : "more single rights than can be compared; write fewer in one role";
    const who = `user ${goQuote(name)} (groups=${quoteList(groups)})`;
    throw refuse(grant, `${who} is attempting to grant RBAC permissions not currently held:\n${what}`);
  }
}

/** Upstream: pkg/registry/rbac/escalation_check.go#EscalationAllowed */
const isPrivileged = ({ user }: StrategyContext): boolean => user.groups.includes("system:masters");

const refuse = ({ resource, name }: Grant, why: string): Error => newForbidden(resource, name, why);

const gathers = (role: V1Role | V1ClusterRole | undefined): boolean =>
  role !== undefined && "aggregationRule" in role && (role.aggregationRule?.clusterRoleSelectors ?? []).length > 0;

function grantOf(plural: string, { metadata }: KubeObject, context: StrategyContext): Grant {
  const { name = "", namespace = "" } = metadata;
  return { resource: { group: GROUP, resource: plural }, name, namespace, context };
}

/** The garbage collector may write what its user could not grant. Upstream: pkg/registry/rbac/helpers.go#IsOnlyMutatingGCFields */
function isLeftAlone(object: KubeObject, old: KubeObject | undefined): boolean {
  return old !== undefined && changesOnlyGcFields(object, old);
}

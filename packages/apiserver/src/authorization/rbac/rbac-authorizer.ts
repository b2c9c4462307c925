import type { UserInfo } from "@dingi/apimachinery";
import {
  ClusterRole,
  ClusterRoleBinding,
  Role,
  RoleBinding,
  type RbacV1Subject,
  type V1ClusterRole,
  type V1ClusterRoleBinding,
  type V1PolicyRule,
  type V1Role,
  type V1RoleBinding,
  type V1RoleRef,
} from "@dingi/api";
import type { ResourceCache } from "../../cacher/resource-cache.ts";
import type { StoreFeed } from "../../cacher/store-feed.ts";
import { serviceAccountUsername } from "../../authentication/service-account/claims.ts";
import type { AuthorizationAttributes, Authorizer, Decision } from "../authorizer.ts";
import { ruleAllows } from "./rules.ts";

type Binding = V1ClusterRoleBinding | V1RoleBinding;

/** Why a rule applies, for the reason of a decision. */
export interface AppliedRule {
  readonly rule: V1PolicyRule;
  readonly reason: string;
}

/**
 * Role-based access control over the watch caches. Bindings are indexed by subject, so a request looks only at the
 * roles of its own user and groups. Upstream: plugin/pkg/auth/authorizer/rbac/rbac.go
 */
export class RbacAuthorizer implements Authorizer {
  readonly #roles: ResourceCache;
  readonly #clusterRoles: ResourceCache;
  readonly #clusterBindings: SubjectIndex;
  readonly #bindings: SubjectIndex;

  constructor(feed: StoreFeed) {
    this.#roles = feed.cache(Role);
    this.#clusterRoles = feed.cache(ClusterRole);
    this.#clusterBindings = new SubjectIndex(feed.cache(ClusterRoleBinding));
    this.#bindings = new SubjectIndex(feed.cache(RoleBinding));
  }

  authorize(attributes: AuthorizationAttributes): Decision {
    for (const { rule, reason } of this.rulesFor(attributes.user, attributes.namespace)) {
      if (ruleAllows(rule, attributes)) return { decision: "allow", reason };
    }
    return { decision: "no opinion", reason: "" };
  }

  /** Every rule that applies to the user in the namespace; cluster-wide ones only when it is empty. */
  *rulesFor(user: UserInfo, namespace: string): Iterable<AppliedRule> {
    for (const [binding, subject] of this.#clusterBindings.of(user, "")) {
      const reason = () =>
        `RBAC: allowed by ClusterRoleBinding ${JSON.stringify(binding.metadata.name)} of ClusterRole ${JSON.stringify(binding.roleRef.name)} to ${describeSubject(subject)}`;
      yield* applied(this.#rulesOf(binding.roleRef, ""), reason);
    }
    if (namespace === "") return;
    for (const [binding, subject] of this.#bindings.of(user, namespace)) {
      const where = `${binding.metadata.name}/${namespace}`;
      const reason = () =>
        `RBAC: allowed by RoleBinding ${JSON.stringify(where)} of ${binding.roleRef.kind} ${JSON.stringify(binding.roleRef.name)} to ${describeSubject(subject)}`;
      yield* applied(this.#rulesOf(binding.roleRef, namespace), reason);
    }
  }

  #rulesOf(ref: V1RoleRef, namespace: string): readonly V1PolicyRule[] {
    const stored =
      ref.kind === "ClusterRole" ? this.#clusterRoles.get(ref.name) : this.#roles.get(`${namespace}/${ref.name}`);
    return (stored?.object as V1Role | V1ClusterRole | undefined)?.rules ?? [];
  }
}

function* applied(rules: readonly V1PolicyRule[], reason: () => string): Iterable<AppliedRule> {
  for (const rule of rules) {
    yield {
      rule,
      get reason() {
        return reason();
      },
    };
  }
}

function describeSubject(subject: RbacV1Subject): string {
  const name = subject.kind === "ServiceAccount" ? `${subject.name}/${subject.namespace ?? ""}` : subject.name;
  return `${subject.kind} ${JSON.stringify(name)}`;
}

/** Bindings of one kind by namespace and subject, kept up to date by the cache's events. */
class SubjectIndex {
  readonly #byNamespace = new Map<string, Map<string, Set<Binding>>>();

  constructor(cache: ResourceCache) {
    for (const stored of cache.snapshot().values()) this.#add(stored.object as Binding);
    cache.onEvent(({ current, previous }) => {
      if (previous) this.#remove(previous.object as Binding);
      if (current) this.#add(current.object as Binding);
    });
  }

  *of(user: UserInfo, namespace: string): Iterable<readonly [Binding, RbacV1Subject]> {
    const bySubject = this.#byNamespace.get(namespace);
    if (!bySubject) return;
    for (const key of subjectKeys(user)) {
      for (const binding of bySubject.get(key) ?? []) {
        const subject = (binding.subjects ?? []).find((candidate) => subjectKey(candidate, namespace) === key);
        if (subject) yield [binding, subject];
      }
    }
  }

  #add(binding: Binding): void {
    const namespace = binding.metadata.namespace ?? "";
    let bySubject = this.#byNamespace.get(namespace);
    if (!bySubject) this.#byNamespace.set(namespace, (bySubject = new Map()));
    for (const subject of binding.subjects ?? []) {
      const key = subjectKey(subject, namespace);
      const set = bySubject.get(key);
      if (set) set.add(binding);
      else bySubject.set(key, new Set([binding]));
    }
  }

  #remove(binding: Binding): void {
    const namespace = binding.metadata.namespace ?? "";
    const bySubject = this.#byNamespace.get(namespace);
    for (const subject of binding.subjects ?? []) bySubject?.get(subjectKey(subject, namespace))?.delete(binding);
  }
}

function subjectKey(subject: RbacV1Subject, namespace: string): string {
  if (subject.kind === "Group") return `g:${subject.name}`;
  if (subject.kind === "User") return `u:${subject.name}`;
  return `u:${serviceAccountUsername(subject.namespace || namespace, subject.name)}`;
}

function* subjectKeys(user: UserInfo): Iterable<string> {
  yield `u:${user.name}`;
  for (const group of user.groups) yield `g:${group}`;
}

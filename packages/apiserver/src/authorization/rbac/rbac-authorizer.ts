import { aggregateText, goQuote, newNotFound, newUnclassifiedError, type UserInfo } from "@dingi/apimachinery";
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
import type { AuthorizationAttributes, Authorizer, Decision, ListedRules } from "../authorizer.ts";
import { ruleAllows } from "./rules.ts";

type Binding = V1ClusterRoleBinding | V1RoleBinding;

/** A rule that applies to a user, and what is answered where it allows. */
interface AppliedRule {
  readonly rule: V1PolicyRule;
  readonly allow: Decision;
}

/** A binding's role that is not there, in upstream's words. */
interface MissingRole {
  readonly missing: string;
}

interface Applied {
  readonly rules: readonly AppliedRule[];
  readonly problems: readonly string[];
}

const NO_OPINION: Decision = { decision: "no opinion", reason: "" };

/**
 * Role-based access control over the watch caches. Bindings are indexed by subject, so a request looks only at the
 * roles of its own user and groups, and what was found is kept until a role or binding changes.
 * Upstream: plugin/pkg/auth/authorizer/rbac/rbac.go
 */
export class RbacAuthorizer implements Authorizer {
  readonly #roles: ResourceCache;
  readonly #clusterRoles: ResourceCache;
  readonly #clusterBindings: SubjectIndex;
  readonly #bindings: SubjectIndex;
  /** By user, then namespace. */
  #found = new WeakMap<UserInfo, Map<string, Applied>>();

  constructor(feed: StoreFeed) {
    this.#roles = feed.cache(Role);
    this.#clusterRoles = feed.cache(ClusterRole);
    this.#clusterBindings = new SubjectIndex(feed.cache(ClusterRoleBinding));
    this.#bindings = new SubjectIndex(feed.cache(RoleBinding));
    // After the indexes, whose own listeners come first.
    for (const kind of [Role, ClusterRole, ClusterRoleBinding, RoleBinding])
      feed.cache(kind).onEvent(() => (this.#found = new WeakMap()));
  }

  authorize(attributes: AuthorizationAttributes): Decision {
    const { rules, problems } = this.#appliedTo(attributes.user, attributes.namespace);
    for (const { rule, allow } of rules) {
      if (ruleAllows(rule, attributes)) return allow;
    }
    if (problems.length === 0) return NO_OPINION;
    return { decision: "no opinion", reason: `RBAC: ${aggregateText(problems)}` };
  }

  /** Every rule that applies to the user in the namespace; cluster-wide ones only when it is empty. */
  rulesFor(user: UserInfo, namespace: string): readonly AppliedRule[] {
    return this.#appliedTo(user, namespace).rules;
  }

  listRules(user: UserInfo, namespace: string): ListedRules {
    const { rules, problems } = this.#appliedTo(user, namespace);
    const error = problems.length > 0 ? { error: aggregateText(problems) } : {};
    return { rules: rules.map(({ rule }) => rule), incomplete: false, ...error };
  }

  #appliedTo(user: UserInfo, namespace: string): Applied {
    let byNamespace = this.#found.get(user);
    if (!byNamespace) this.#found.set(user, (byNamespace = new Map()));
    const known = byNamespace.get(namespace);
    if (known) return known;
    const found = namespace === "" ? applied(this.#clusterWide(user)) : this.#inNamespace(user, namespace);
    byNamespace.set(namespace, found);
    return found;
  }

  #inNamespace(user: UserInfo, namespace: string): Applied {
    const everywhere = this.#appliedTo(user, "");
    const here = applied(this.#bound(user, namespace));
    if (here.rules.length === 0 && here.problems.length === 0) return everywhere;
    return {
      rules: [...everywhere.rules, ...here.rules],
      problems: [...everywhere.problems, ...here.problems],
    };
  }

  *#clusterWide(user: UserInfo): Iterable<AppliedRule | MissingRole> {
    for (const [{ metadata, roleRef }, subject] of this.#clusterBindings.of(user, "")) {
      const reason = `RBAC: allowed by ClusterRoleBinding ${quote(metadata.name)} of ClusterRole ${quote(roleRef.name)} to ${describeSubject(subject)}`;
      yield* this.#rulesOf(roleRef, "", reason);
    }
  }

  *#bound(user: UserInfo, namespace: string): Iterable<AppliedRule | MissingRole> {
    for (const [{ metadata, roleRef }, subject] of this.#bindings.of(user, namespace)) {
      const where = `${metadata.name}/${namespace}`;
      const reason = `RBAC: allowed by RoleBinding ${quote(where)} of ${roleRef.kind} ${quote(roleRef.name)} to ${describeSubject(subject)}`;
      yield* this.#rulesOf(roleRef, namespace, reason);
    }
  }

  /** What a role says. Throws StatusError 404. Upstream: pkg/registry/rbac/validation/rule.go#GetRoleReferenceRules */
  rulesOfRole(ref: V1RoleRef, namespace: string): readonly V1PolicyRule[] {
    const role = this.#role(ref, namespace);
    if (role) return role.rules ?? [];
    if (ref.kind !== "ClusterRole" && ref.kind !== "Role")
      throw newUnclassifiedError(`unsupported role reference kind: ${goQuote(ref.kind)}`);
    const resource = ref.kind === "ClusterRole" ? "clusterroles" : "roles";
    throw newNotFound({ group: Role.group, resource }, ref.name);
  }

  *#rulesOf(ref: V1RoleRef, namespace: string, reason: string): Iterable<AppliedRule | MissingRole> {
    const allow: Decision = { decision: "allow", reason };
    const role = this.#role(ref, namespace);
    if (!role)
      yield { missing: newNotFound({ group: Role.group, resource: ref.kind.toLowerCase() }, ref.name).message };
    for (const rule of role?.rules ?? []) yield { rule, allow };
  }

  #role(ref: V1RoleRef, namespace: string): V1Role | V1ClusterRole | undefined {
    const stored =
      ref.kind === "ClusterRole" ? this.#clusterRoles.get(ref.name) : this.#roles.get(`${namespace}/${ref.name}`);
    return stored?.object as V1Role | V1ClusterRole | undefined;
  }
}

function applied(found: Iterable<AppliedRule | MissingRole>): Applied {
  const rules: AppliedRule[] = [];
  const problems: string[] = [];
  for (const one of found) {
    if ("missing" in one) problems.push(one.missing);
    else rules.push(one);
  }
  return { rules, problems };
}

function quote(text: string | undefined): string {
  return JSON.stringify(text);
}

function describeSubject(subject: RbacV1Subject): string {
  const name = subject.kind === "ServiceAccount" ? `${subject.name}/${subject.namespace ?? ""}` : subject.name;
  return `${subject.kind} ${quote(name)}`;
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

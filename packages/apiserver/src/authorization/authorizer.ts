import type { FieldSelector, Requirement, UserInfo } from "@dingi/apimachinery";

export type FieldRequirement = FieldSelector["requirements"][number];

/** What of a selector could be read: all of its requirements have to hold, so fewer of them ask for more. */
export interface Selected<T> {
  readonly requirements: readonly T[];
  /** Whether some could not be read. */
  readonly isFlawed: boolean;
}

/** Upstream: apiserver/pkg/authorization/authorizer/interfaces.go#Attributes */
export interface AuthorizationAttributes {
  readonly user: UserInfo;
  readonly verb: string;
  readonly isResource: boolean;
  /** Of a non-resource request. */
  readonly path: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** The selectors of a list, watch or deletecollection, as sent. */
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
  /** In place of the texts, of a question that says them one by one. */
  readonly fieldRequirements?: Selected<FieldRequirement>;
  readonly labelRequirements?: Selected<Requirement>;
}

/** "no opinion": the next authorizer is asked; if none allows, the request is refused. */
export interface Decision {
  readonly decision: "allow" | "deny" | "no opinion";
  readonly reason: string;
  /** What went wrong as it was made. */
  readonly error?: string;
}

/** A rule about resources, about paths, or about both. */
interface ListedRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[] | undefined;
  readonly resources?: readonly string[] | undefined;
  readonly resourceNames?: readonly string[] | undefined;
  readonly nonResourceURLs?: readonly string[] | undefined;
}

/** Upstream: apiserver/pkg/authorization/authorizer/interfaces.go#RuleResolver */
export interface ListedRules {
  readonly rules: readonly ListedRule[];
  /** Whether there may be more that is allowed. */
  readonly incomplete: boolean;
  readonly error?: string;
}

export interface Authorizer {
  authorize(attributes: AuthorizationAttributes): Decision | Promise<Decision>;
  /** What the user may do in the namespace, as far as it can be told; absent where nothing is told of anybody. */
  listRules?(user: UserInfo, namespace: string): ListedRules;
}

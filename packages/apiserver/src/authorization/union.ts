import type { AuthorizationAttributes, Authorizer, Decision } from "./authorizer.ts";

/** Asks one after the other; the first that has an opinion decides. Upstream: apiserver/pkg/authorization/union/union.go */
export class UnionAuthorizer implements Authorizer {
  readonly #authorizers: readonly Authorizer[];

  constructor(authorizers: readonly Authorizer[]) {
    this.#authorizers = authorizers;
  }

  async authorize(attributes: AuthorizationAttributes): Promise<Decision> {
    const reasons: string[] = [];
    for (const authorizer of this.#authorizers) {
      const decision = await authorizer.authorize(attributes);
      if (decision.decision !== "no opinion") return decision;
      if (decision.reason !== "") reasons.push(decision.reason);
    }
    return { decision: "no opinion", reason: reasons.join("\n") };
  }
}

/** Members of these groups may do everything. Upstream: apiserver/pkg/authorization/authorizerfactory/builtin.go */
export class PrivilegedGroups implements Authorizer {
  readonly #groups: ReadonlySet<string>;

  constructor(groups: readonly string[]) {
    this.#groups = new Set(groups);
  }

  authorize({ user }: AuthorizationAttributes): Decision {
    return user.groups.some((group) => this.#groups.has(group))
      ? { decision: "allow", reason: "" }
      : { decision: "no opinion", reason: "" };
  }
}

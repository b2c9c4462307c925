import type { AuthorizationAttributes, Authorizer, Decision } from "./authorizer.ts";

/** Asks one after the other; the first that has an opinion decides. Upstream: apiserver/pkg/authorization/union/union.go */
export class UnionAuthorizer implements Authorizer {
  readonly #authorizers: readonly Authorizer[];

  constructor(authorizers: readonly Authorizer[]) {
    this.#authorizers = authorizers;
  }

  /** Answers at once as long as those asked do: most requests are decided without waiting. */
  authorize(attributes: AuthorizationAttributes): Decision | Promise<Decision> {
    return this.#ask(attributes, 0, []);
  }

  #ask(attributes: AuthorizationAttributes, first: number, reasons: string[]): Decision | Promise<Decision> {
    for (let i = first; i < this.#authorizers.length; i++) {
      const answer = this.#authorizers[i]!.authorize(attributes);
      if (answer instanceof Promise) {
        return answer.then((decision) =>
          settles(decision, reasons) ? decision : this.#ask(attributes, i + 1, reasons),
        );
      }
      if (settles(answer, reasons)) return answer;
    }
    return { decision: "no opinion", reason: reasons.join("\n") };
  }
}

function settles({ decision, reason }: Decision, reasons: string[]): boolean {
  if (decision !== "no opinion") return true;
  if (reason !== "") reasons.push(reason);
  return false;
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

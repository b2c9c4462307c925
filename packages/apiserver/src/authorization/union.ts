import { aggregateText } from "@dingi/apimachinery";
import type { UserInfo } from "@dingi/apimachinery";
import type { AuthorizationAttributes, Authorizer, Decision, ListedRules } from "./authorizer.ts";

interface NamedAuthorizer {
  readonly name: string;
  readonly authorizer: Authorizer;
}

/** What those have said who had no opinion. */
interface Heard {
  readonly reasons: string[];
  readonly errors: string[];
}

/** Asks one after the other; the first that has an opinion decides. Upstream: apiserver/pkg/authorization/union/union.go */
export class UnionAuthorizer implements Authorizer {
  readonly #authorizers: readonly NamedAuthorizer[];

  constructor(authorizers: readonly NamedAuthorizer[]) {
    this.#authorizers = authorizers;
  }

  /** Answers at once as long as those asked do: most requests are decided without waiting. */
  authorize(attributes: AuthorizationAttributes): Decision | Promise<Decision> {
    return this.#ask(attributes, 0, { reasons: [], errors: [] });
  }

  /** What all of them list. */
  listRules(user: UserInfo, namespace: string): ListedRules {
    const listed = this.#authorizers.flatMap(({ authorizer }) => authorizer.listRules?.(user, namespace) ?? []);
    const errors = listed.flatMap(({ error }) => error ?? []);
    return {
      rules: listed.flatMap(({ rules }) => rules),
      incomplete: listed.some(({ incomplete }) => incomplete),
      ...(errors.length > 0 ? { error: aggregateText(errors) } : {}),
    };
  }

  #ask(attributes: AuthorizationAttributes, first: number, heard: Heard): Decision | Promise<Decision> {
    for (let i = first; i < this.#authorizers.length; i++) {
      const { name, authorizer } = this.#authorizers[i]!;
      const answer = authorizer.authorize(attributes);
      if (answer instanceof Promise) {
        return answer.then((decision) =>
          settles(decision, name, heard) ? decision : this.#ask(attributes, i + 1, heard),
        );
      }
      if (settles(answer, name, heard)) return answer;
    }
    const { reasons, errors } = heard;
    const error = errors.length > 0 ? { error: aggregateText(errors) } : {};
    return { decision: "no opinion", reason: reasons.join("\n"), ...error };
  }
}

function settles({ decision, reason, error }: Decision, name: string, { reasons, errors }: Heard): boolean {
  if (decision !== "no opinion") return true;
  if (reason !== "") reasons.push(`${name}: ${reason}`);
  if (error !== undefined) errors.push(error);
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

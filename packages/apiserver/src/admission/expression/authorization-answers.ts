import { serviceAccountGroups, serviceAccountUsername } from "../../authentication/service-account/claims.ts";
import type { UserInfo } from "@dingi/apimachinery";
import type { AuthorizationAnswer, AuthorizationQuestion, DecideAuthorization } from "@dingi/cel";
import { describeError } from "@dingi/base";
import type { AuthorizationAttributes, Authorizer, Decision } from "../../authorization/authorizer.ts";

/** An expression asks what nobody can answer at once: it is evaluated again with the answer. */
export class AnswerPending extends Error {}

/**
 * What expressions have asked about who may do what. Expressions cannot wait, and authorizers may have to: a question without an
 * answer ends the evaluation, which begins anew once there is one. A budget allows for few questions.
 */
export class AuthorizationAnswers {
  readonly asker: { readonly decide: DecideAuthorization };
  readonly #authorizer: Authorizer;
  readonly #user: UserInfo;
  readonly #known = new Map<string, AuthorizationAnswer>();
  #waiting: Promise<void> | undefined;

  constructor(authorizer: Authorizer, user: UserInfo) {
    this.#authorizer = authorizer;
    this.#user = user;
    this.asker = { decide: (question) => this.#decide(question) };
  }

  /** Resolves once the question is answered that ended an evaluation. */
  async settle(): Promise<void> {
    await this.#waiting;
  }

  #decide(question: AuthorizationQuestion): AuthorizationAnswer {
    const key = JSON.stringify(question);
    const known = this.#known.get(key);
    if (known) return known;
    const decided = this.#ask(question);
    if (!(decided instanceof Promise)) return this.#keep(key, answerOf(decided));
    const failed = (error: unknown) => ({ allowed: false, reason: "", error: describeError(error) });
    this.#waiting = decided.then(answerOf, failed).then((answer) => void this.#keep(key, answer));
    throw new AnswerPending();
  }

  #keep(key: string, answer: AuthorizationAnswer): AuthorizationAnswer {
    this.#known.set(key, answer);
    return answer;
  }

  #ask({ verb, serviceAccount, path, resource }: AuthorizationQuestion): Decision | Promise<Decision> {
    const user = serviceAccount ? serviceAccountUser(serviceAccount) : this.#user;
    const none = { group: "", version: "", resource: "", subresource: "", namespace: "", name: "", path: "" };
    const about: AuthorizationAttributes = resource
      ? { ...none, ...resource, version: "*", isResource: true, user, verb }
      : { ...none, path: path ?? "", isResource: false, user, verb };
    return this.#authorizer.authorize(about);
  }
}

function serviceAccountUser({ namespace, name }: NonNullable<AuthorizationQuestion["serviceAccount"]>): UserInfo {
  return { name: serviceAccountUsername(namespace, name), groups: serviceAccountGroups(namespace) };
}

const answerOf = ({ decision, reason }: Decision): AuthorizationAnswer => ({ allowed: decision === "allow", reason });

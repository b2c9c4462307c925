import type { ApiRequest, UserInfo } from "@dingi/apimachinery";
import type { Authenticator } from "./authenticator.ts";
import { AUTHENTICATED_GROUP } from "./token/authenticated-groups.ts";

/** Identities of components in this process: each holds an object that stands for its certificate. */
export class InProcessAuthenticator implements Authenticator {
  readonly #users = new WeakMap<object, UserInfo>();

  /** Whoever holds the result acts as the user. */
  issue(user: { readonly name: string; readonly groups?: readonly string[] }): object {
    const capability = Object.freeze({});
    this.#users.set(capability, { name: user.name, groups: [...(user.groups ?? []), AUTHENTICATED_GROUP] });
    return capability;
  }

  authenticate(request: ApiRequest): UserInfo | undefined {
    const { capability } = request.peer;
    return capability && this.#users.get(capability);
  }
}

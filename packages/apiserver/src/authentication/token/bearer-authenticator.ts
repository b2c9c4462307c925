import { newUnauthorized, type ApiRequest, type UserInfo } from "@dingi/apimachinery";
import type { Authenticator } from "../authenticator.ts";
import { bearerToken } from "../bearer-token.ts";
import type { RefusalLog } from "./refusal-log.ts";
import type { TokenAuthenticator } from "./token-authenticator.ts";

interface BearerOptions {
  readonly tokens: TokenAuthenticator;
  /** Of this server: a token has to be for one of them. */
  readonly audiences: readonly string[];
  readonly log: RefusalLog;
}

/** Who a request's bearer token says it is of. Upstream: apiserver/pkg/authentication/request/bearertoken/bearertoken.go */
export class BearerAuthenticator implements Authenticator {
  readonly #options: BearerOptions;

  constructor(options: BearerOptions) {
    this.#options = options;
  }

  async authenticate(request: ApiRequest): Promise<UserInfo | undefined> {
    const token = bearerToken(request);
    if (token === undefined) return undefined;
    const { tokens, audiences, log } = this.#options;
    let result;
    try {
      result = await tokens.authenticateToken(token, audiences);
    } catch (error) {
      log.refused(error);
    }
    if (!result) throw newUnauthorized();
    return result.user;
  }
}

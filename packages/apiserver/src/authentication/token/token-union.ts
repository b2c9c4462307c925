import { aggregateText } from "@dingi/apimachinery";
import type { TokenAuthenticator, TokenResult } from "./token-authenticator.ts";
import { messageOf } from "./message-of.ts";

/**
 * Asks one after the other until somebody knows the token; what others have found wrong with it is told only if nobody does.
 * Upstream: apiserver/pkg/authentication/token/union/union.go
 */
export class TokenUnion implements TokenAuthenticator {
  readonly #authenticators: readonly TokenAuthenticator[];

  constructor(authenticators: readonly TokenAuthenticator[]) {
    this.#authenticators = authenticators;
  }

  async authenticateToken(token: string, audiences: readonly string[]): Promise<TokenResult | undefined> {
    const failures: unknown[] = [];
    for (const authenticator of this.#authenticators) {
      try {
        const result = await authenticator.authenticateToken(token, audiences);
        if (result) return result;
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new Error(aggregateText(failures.map(messageOf)), { cause: failures[0] });
    return undefined;
  }
}

import type { UserInfo } from "@dingi/apimachinery";

/** Whose a token is, and for which of the audiences that were asked for. */
export interface TokenResult {
  readonly user: UserInfo;
  readonly audiences: readonly string[];
  /** When the token ends by itself; it may be remembered no longer. */
  readonly expiresAtMs?: number;
}

/** Upstream: apiserver/pkg/authentication/authenticator/interfaces.go#Token */
export interface TokenAuthenticator {
  /** Undefined: none of mine, or not for these audiences. Throws an Error that says what is wrong with one of mine. */
  authenticateToken(
    token: string,
    audiences: readonly string[],
  ): TokenResult | undefined | Promise<TokenResult | undefined>;
}

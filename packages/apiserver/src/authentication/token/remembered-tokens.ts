import { createHmac } from "node:crypto";
import { LruMap, type Clock, type Random } from "@dingi/base";
import type { TokenAuthenticator, TokenResult } from "./token-authenticator.ts";

/** As many as are in use in a large cluster; a record is small, and the bytes of users are bounded as well. */
const MAX_RECORDS = 4096;
const MAX_USER_BYTES = 16 * 1024;

interface RememberedTokensOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** How long a result is good; not remembered at 0. */
  readonly successTtlMs: number;
  readonly failureTtlMs: number;
}

interface Record {
  readonly result: TokenResult | undefined;
  readonly untilMs: number;
}

/**
 * Asks once for what is asked again soon, or meanwhile. Tokens themselves are not kept, only a keyed hash of them; errors are
 * not remembered. Upstream: apiserver/pkg/authentication/token/cache/cached_token_authenticator.go
 */
export class RememberedTokens implements TokenAuthenticator {
  readonly #of: TokenAuthenticator;
  readonly #options: RememberedTokensOptions;
  readonly #secret: Uint8Array;
  /** Apart, so that those who are nobody do not crowd out those who are somebody. */
  readonly #known = new LruMap<string, Record>(MAX_RECORDS);
  readonly #refused = new LruMap<string, Record>(MAX_RECORDS);
  readonly #asked = new Map<string, Promise<TokenResult | undefined>>();

  constructor(of: TokenAuthenticator, options: RememberedTokensOptions) {
    this.#of = of;
    this.#options = options;
    this.#secret = options.random.bytes(32);
  }

  authenticateToken(
    token: string,
    audiences: readonly string[],
  ): TokenResult | undefined | Promise<TokenResult | undefined> {
    const key = this.#keyOf(token, audiences);
    const known = this.#known.get(key) ?? this.#refused.get(key);
    if (known && known.untilMs > this.#options.clock.now()) return known.result;
    const asked = this.#asked.get(key) ?? this.#ask(key, token, audiences);
    return asked;
  }

  /** What others have found out may be wrong by now. */
  forget(): void {
    for (const records of [this.#known, this.#refused]) for (const [key] of records.entries()) records.delete(key);
  }

  #ask(key: string, token: string, audiences: readonly string[]): Promise<TokenResult | undefined> {
    const asking = this.#askAndKeep(key, token, audiences).finally(() => this.#asked.delete(key));
    this.#asked.set(key, asking);
    return asking;
  }

  async #askAndKeep(key: string, token: string, audiences: readonly string[]): Promise<TokenResult | undefined> {
    const result = await this.#of.authenticateToken(token, audiences);
    const { clock, successTtlMs, failureTtlMs } = this.#options;
    const [ttlMs, records] = result ? [successTtlMs, this.#known] : [failureTtlMs, this.#refused];
    const untilMs = Math.min(clock.now() + ttlMs, result?.expiresAtMs ?? Infinity);
    if (ttlMs > 0 && isSmall(result)) records.set(key, { result, untilMs });
    return result;
  }

  #keyOf(token: string, audiences: readonly string[]): string {
    return createHmac("sha256", this.#secret)
      .update(JSON.stringify([token, ...audiences]))
      .digest("latin1");
  }
}

function isSmall(result: TokenResult | undefined): boolean {
  return result === undefined || JSON.stringify(result.user).length <= MAX_USER_BYTES;
}

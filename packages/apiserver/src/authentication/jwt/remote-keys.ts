import { createHash } from "node:crypto";
import type { Clock } from "@dingi/base";
import { parseKeySet, type PublicJsonWebKey } from "./json-web-key.ts";
import type { SignedToken } from "./signed-token.ts";
import { hasSigned } from "./verify-signature.ts";

/** Between fetches that bring nothing new: whoever makes up keys must not make the issuer busy. */
const MIN_GAP_MS = 1_000;
const MAX_GAP_MS = 10_000;
/** After which the keys in use are looked for again: the issuer may have taken one back. */
const STALE_MS = 60 * 60 * 1000;
/** Tokens that wait for one fetch; further ones are refused. */
const MAX_WAITING = 256;

interface RemoteKeysOptions {
  readonly clock: Clock;
  /** Gets the set. */
  readonly fetch: () => Promise<Uint8Array>;
  /** Told of each fetch; the hash of what came, or undefined where nothing good did. */
  readonly onFetch: (hash: string | undefined) => void;
}

/**
 * An issuer's keys: fetched when a token comes that none of the known has signed, once for all that wait.
 * Differs: upstream fetches for each such token, or, where the answer may be cached, for none.
 * Upstream: github.com/coreos/go-oidc/jwks.go#remoteKeySet
 */
export class RemoteKeys {
  readonly #options: RemoteKeysOptions;
  #keys: readonly PublicJsonWebKey[] = [];
  #hash = "";
  #fetchedAtMs = -Infinity;
  #gapMs = 0;
  #fetching: Promise<void> | undefined;
  #waiting = 0;

  constructor(options: RemoteKeysOptions) {
    this.#options = options;
  }

  /** Throws an Error when the token is not signed by the issuer. */
  async verify(token: SignedToken): Promise<void> {
    if (this.#isSigned(token)) {
      if (this.#ageMs() > STALE_MS) this.#refresh()?.catch(() => {});
      return;
    }
    const fetching = this.#refresh();
    if (fetching) await this.#wait(fetching);
    if (!fetching || !this.#isSigned(token)) throw new Error("failed to verify id token signature");
  }

  #isSigned(token: SignedToken): boolean {
    return this.#keys.some((key) => hasSigned(key, token));
  }

  #ageMs(): number {
    return this.#options.clock.monotonic() - this.#fetchedAtMs;
  }

  async #wait(fetching: Promise<void>): Promise<void> {
    if (this.#waiting >= MAX_WAITING) throw new Error("too many tokens wait for the issuer's keys");
    this.#waiting++;
    try {
      await fetching;
    } finally {
      this.#waiting--;
    }
  }

  /** Undefined: it is too early to ask again. */
  #refresh(): Promise<void> | undefined {
    if (this.#fetching) return this.#fetching;
    if (this.#ageMs() < this.#gapMs) return undefined;
    this.#fetching = this.#fetch().finally(() => (this.#fetching = undefined));
    return this.#fetching;
  }

  async #fetch(): Promise<void> {
    const { clock, fetch, onFetch } = this.#options;
    this.#gapMs = Math.min(Math.max(this.#gapMs * 2, MIN_GAP_MS), MAX_GAP_MS);
    try {
      const body = await fetch();
      const keys = parseKeySet(body);
      const hash = `sha256:${createHash("sha256").update(body).digest("hex")}`;
      if (hash !== this.#hash) this.#gapMs = MIN_GAP_MS;
      this.#keys = keys;
      this.#hash = hash;
      onFetch(hash);
    } catch (cause) {
      onFetch(undefined);
      throw new Error(`fetching keys oidc: get keys failed ${(cause as Error).message}`, { cause });
    } finally {
      this.#fetchedAtMs = clock.monotonic();
    }
  }
}

import type { Clock, Logger } from "@dingi/base";
import type { Dialer } from "@dingi/apimachinery";
import type { ValidJwt } from "../configuration/validate-authentication-configuration.ts";
import type { TokenResult } from "../token/token-authenticator.ts";
import { IssuerClient } from "./issuer-client.ts";
import type { JwtMetrics } from "./jwt-metrics.ts";
import { mappedUser } from "./mapped-user.ts";
import { RemoteKeys } from "./remote-keys.ts";
import type { SignedToken } from "./signed-token.ts";
import { textsClaim, timeClaim, type Claims } from "./token-claims.ts";
import { messageOf } from "../token/message-of.ts";

const RETRY_MS = 10_000;
/** Of a clock that is ahead of ours. */
const LEEWAY_SECONDS = 60;

export interface JwtIssuerOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly dialer: Dialer;
  /** That are believed, of those that are known. */
  readonly algorithms: readonly string[];
  readonly metrics: JwtMetrics;
}

type Identity = Pick<TokenResult, "user" | "expiresAtMs">;

/**
 * Tokens of one issuer. They are refused until its discovery document was read, which is tried again and again: the issuer
 * may run in this cluster. Upstream: apiserver/plugin/pkg/authenticator/token/oidc/oidc.go#New
 */
export class JwtIssuer {
  readonly #jwt: ValidJwt;
  readonly #options: JwtIssuerOptions;
  #keys: RemoteKeys | undefined;
  #problem: string | undefined;
  readonly #firstTry = Promise.withResolvers<void>();

  constructor(jwt: ValidJwt, options: JwtIssuerOptions) {
    this.#jwt = jwt;
    this.#options = options;
    this.#problem = `oidc: authenticator for issuer ${JSON.stringify(this.url)} is not initialized`;
  }

  get url(): string {
    return this.#jwt.configuration.issuer.url ?? "";
  }

  /** Why it cannot be used yet; undefined when it can. */
  get problem(): string | undefined {
    if (this.#problem === undefined) return undefined;
    return `oidc: authenticator for issuer ${JSON.stringify(this.url)} is not healthy: ${this.#problem}`;
  }

  /** When it is known whether it can be used at once. */
  get firstTry(): Promise<void> {
    return this.#firstTry.promise;
  }

  /** Reads the discovery document, as often as that takes, and serves until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, dialer } = this.#options;
    const { certificateAuthority = "" } = this.#jwt.configuration.issuer;
    const client = new IssuerClient({ clock, dialer, certificateAuthority });
    signal.addEventListener("abort", () => client[Symbol.dispose](), { once: true });
    while (!(await this.#isDiscovered(client, signal)) && !signal.aborted) {
      this.#firstTry.resolve();
      await clock.sleep(RETRY_MS, signal).catch(() => {});
    }
    this.#firstTry.resolve();
  }

  /** Throws an Error for a token that is not good. */
  async authenticate(token: SignedToken): Promise<Identity> {
    const end = this.#options.metrics.begin(this.url);
    try {
      const identity = await this.#identify(token);
      end("success");
      return identity;
    } catch (error) {
      end("failure");
      throw error;
    }
  }

  async #identify(token: SignedToken): Promise<Identity> {
    if (!this.#keys) throw new Error("oidc: authenticator not initialized");
    let expiresAtMs: number;
    try {
      await this.#verify(token, this.#keys);
      expiresAtMs = this.#checkTimes(token.claims);
    } catch (cause) {
      throw new Error(`oidc: verify token: ${messageOf(cause)}`, { cause });
    }
    return { user: mappedUser(token.claims, this.#jwt), expiresAtMs };
  }

  async #isDiscovered(client: IssuerClient, signal: AbortSignal): Promise<boolean> {
    try {
      await this.#discover(client, signal);
      return true;
    } catch (error) {
      const problem = messageOf(error);
      // Once for each reason: it is tried every few seconds, maybe for ever.
      if (problem !== this.#problem && !signal.aborted)
        this.#options.logger.error("An issuer of tokens was not initialized", { issuer: this.url, error: problem });
      this.#problem = problem;
      return false;
    }
  }

  async #discover(client: IssuerClient, signal: AbortSignal): Promise<void> {
    const { clock, metrics } = this.#options;
    const { discoveryURL } = this.#jwt.configuration.issuer;
    const url = discoveryURL || `${this.url.replace(/\/$/, "")}/.well-known/openid-configuration`;
    const { issuer, jwks_uri: keysUrl } = documentOf(await client.get(url, signal));
    if (issuer !== this.url)
      throw new Error(
        `oidc: issuer did not match the issuer returned by provider, expected ${JSON.stringify(this.url)} got ${JSON.stringify(issuer ?? "")}`,
      );
    if (typeof keysUrl !== "string" || keysUrl === "") throw new Error("provider did not return JWKS URL");
    if (!URL.canParse(keysUrl) || new URL(keysUrl).protocol !== "https:")
      throw new Error(`the provider's JWKS URL ${JSON.stringify(keysUrl)} is not of https`);
    this.#keys = new RemoteKeys({
      clock,
      fetch: () => client.get(keysUrl, signal),
      onFetch: (hash) => {
        if (!signal.aborted) metrics.fetched(this.url, hash);
      },
    });
    this.#problem = undefined;
  }

  async #verify(token: SignedToken, keys: RemoteKeys): Promise<void> {
    const { algorithms } = this.#options;
    if (!algorithms.includes(token.algorithm))
      throw new Error(
        `oidc: id token signed with unsupported algorithm, expected ${quoted(algorithms)} got ${JSON.stringify(token.algorithm)}`,
      );
    await keys.verify(token);
    const accepted = this.#jwt.configuration.issuer.audiences ?? [];
    const audiences = Object.hasOwn(token.claims, "aud") ? textsClaim(token.claims, "aud") : [];
    if (audiences.some((audience) => accepted.includes(audience))) return;
    const expected = accepted.length === 1 ? ` ${JSON.stringify(accepted[0])}` : ` in ${quoted(accepted.toSorted())}`;
    throw new Error(`oidc: expected audience${expected} got ${quoted(audiences)}`);
  }

  /** When it ends. */
  #checkTimes(claims: Claims): number {
    const nowSeconds = this.#options.clock.now() / 1000;
    const expiry = timeClaim(claims, "exp");
    if (expiry === undefined || expiry < nowSeconds)
      throw new Error(`oidc: token is expired (Token Expiry: ${expiry === undefined ? "none" : timeText(expiry)})`);
    const notBefore = timeClaim(claims, "nbf");
    if (notBefore !== undefined && nowSeconds + LEEWAY_SECONDS < notBefore)
      throw new Error(
        `oidc: current time ${timeText(nowSeconds)} before the nbf (not before) time: ${timeText(notBefore)}`,
      );
    return expiry * 1000;
  }
}

function documentOf(body: Buffer): { readonly issuer?: unknown; readonly jwks_uri?: unknown } {
  try {
    const value = JSON.parse(body.toString()) as object | null;
    return value ?? {};
  } catch (cause) {
    throw new Error(`oidc: failed to decode provider discovery object: ${messageOf(cause)}`, { cause });
  }
}

const quoted = (texts: readonly string[]): string => `[${texts.map((text) => JSON.stringify(text)).join(" ")}]`;

/** A token may name a time that no calendar has. */
function timeText(seconds: number): string {
  const time = new Date(seconds * 1000);
  return Number.isNaN(time.getTime()) ? String(seconds) : time.toISOString();
}

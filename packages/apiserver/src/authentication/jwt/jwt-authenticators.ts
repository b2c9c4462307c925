import { aggregateText } from "@dingi/apimachinery";
import { Succession } from "../../configuration/succession.ts";
import type { ValidJwt } from "../configuration/validate-authentication-configuration.ts";
import type { TokenAuthenticator, TokenResult } from "../token/token-authenticator.ts";
import { JwtIssuer, type JwtIssuerOptions } from "./jwt-issuer.ts";
import { parseSignedToken } from "./signed-token.ts";

const HEALTH_POLL_MS = 10_000;
const HEALTH_TIMEOUT_MS = 60_000;

interface JwtAuthenticatorsOptions extends JwtIssuerOptions {
  /** Of this server; tokens of issuers are for all of them. */
  readonly audiences: readonly string[];
}

interface Generation extends Disposable {
  readonly byUrl: ReadonlyMap<string, JwtIssuer>;
  /** Why not all can be used. */
  problem(): string | undefined;
  /** When each has been tried once. */
  readonly tried: Promise<unknown>;
}

/** The issuers whose tokens are taken, which may be others later. Upstream: pkg/kubeapiserver/authenticator/config.go#newJWTAuthenticator */
export class JwtAuthenticators implements TokenAuthenticator, Disposable {
  readonly #options: JwtAuthenticatorsOptions;
  readonly #generations: Succession<Generation>;

  constructor(jwts: readonly ValidJwt[], options: JwtAuthenticatorsOptions) {
    this.#options = options;
    this.#generations = new Succession(this.#start(jwts), options.clock);
  }

  async authenticateToken(token: string, audiences: readonly string[]): Promise<TokenResult | undefined> {
    const shared = audiences.filter((audience) => this.#options.audiences.includes(audience));
    const { byUrl } = this.#generations.current;
    if (byUrl.size === 0 || shared.length === 0) return undefined;
    const signed = parseSignedToken(token);
    const issuer = signed && byUrl.get(issuerOf(signed.claims));
    if (!issuer) return undefined;
    return { ...(await issuer.authenticate(signed)), audiences: shared };
  }

  /**
   * Takes others in their place, once all of them can be used. Throws an Error when they cannot within a minute; those of
   * before stay. Upstream: …/config.go#updateAuthenticationConfig
   */
  async replace(jwts: readonly ValidJwt[], signal: AbortSignal): Promise<void> {
    const next = this.#start(jwts);
    try {
      await this.#untilHealthy(next, signal);
    } catch (error) {
      next[Symbol.dispose]();
      throw error;
    }
    this.#options.metrics.keepOnly([...next.byUrl.keys()]);
    this.#generations.replace(next);
  }

  [Symbol.dispose](): void {
    this.#generations[Symbol.dispose]();
  }

  async #untilHealthy(generation: Generation, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const untilMs = clock.monotonic() + HEALTH_TIMEOUT_MS;
    await generation.tried;
    for (let problem = generation.problem(); problem !== undefined; problem = generation.problem()) {
      if (clock.monotonic() + HEALTH_POLL_MS > untilMs) throw new Error(problem);
      await clock.sleep(HEALTH_POLL_MS, signal);
    }
  }

  #start(jwts: readonly ValidJwt[]): Generation {
    const stop = new AbortController();
    const issuers = jwts.map((jwt) => new JwtIssuer(jwt, this.#options));
    for (const issuer of issuers) void issuer.run(stop.signal);
    return {
      byUrl: new Map(issuers.map((issuer) => [issuer.url, issuer])),
      tried: Promise.all(issuers.map(({ firstTry }) => firstTry)),
      problem() {
        const problems = issuers.flatMap(({ problem }) => problem ?? []);
        return problems.length === 0 ? undefined : aggregateText(problems);
      },
      [Symbol.dispose]: () => stop.abort(new Error("The issuer is no longer configured")),
    };
  }
}

const GOOGLE = "accounts.google.com";

/** Google's older tokens name it without a scheme. Upstream: apiserver/plugin/pkg/authenticator/token/oidc/oidc.go#untrustedIssuer */
function issuerOf({ iss }: Readonly<Record<string, unknown>>): string {
  if (typeof iss !== "string") return "";
  return iss === GOOGLE ? `https://${GOOGLE}` : iss;
}

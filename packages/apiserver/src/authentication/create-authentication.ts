import type { Dialer } from "@dingi/apimachinery";
import type { Clock, Logger, Random } from "@dingi/base";
import type { MetricsRegistry } from "@dingi/component-base";
import { reloadConfiguration } from "../configuration/reload-configuration.ts";
import { ReloadMetrics } from "../configuration/reload-metrics.ts";
import { AnonymousAuthenticator } from "./anonymous.ts";
import type { AuthenticationOptions } from "./authentication-options.ts";
import type { Authenticator } from "./authenticator.ts";
import { CertificateAuthenticator } from "./certificate.ts";
import { decodeAuthenticationConfiguration } from "./configuration/authentication-configuration.ts";
import { validateAuthenticationConfiguration } from "./configuration/validate-authentication-configuration.ts";
import { JwtAuthenticators } from "./jwt/jwt-authenticators.ts";
import { JwtMetrics } from "./jwt/jwt-metrics.ts";
import { SIGNING_ALGORITHMS } from "./jwt/verify-signature.ts";
import { BearerAuthenticator } from "./token/bearer-authenticator.ts";
import { RefusalLog } from "./token/refusal-log.ts";
import { RememberedTokens } from "./token/remembered-tokens.ts";
import type { TokenAuthenticator } from "./token/token-authenticator.ts";
import { TokenUnion } from "./token/token-union.ts";
import { ReviewWebhook } from "../webhook/kubeconfig/review-webhook.ts";
import { TokenWebhook } from "./webhook/token-webhook.ts";

/** Upstream: pkg/kubeapiserver/options/authentication.go#NewBuiltInAuthenticationOptions */
const SUCCESS_TTL_MS = 10_000;
/** Upstream: apiserver/pkg/util/webhook/webhook.go#defaultRequestTimeout */
const WEBHOOK_TIMEOUT_MS = 30_000;

interface CreateAuthenticationOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly dialer: Dialer;
  readonly registry: MetricsRegistry;
  /** Client certificates, tokens of service accounts and anonymous requests when absent. */
  readonly authentication?: AuthenticationOptions;
  /** Of this server. */
  readonly audiences: readonly string[];
  /** Whose tokens are service accounts' and nobody else's. */
  readonly issuers: readonly string[];
  /** Tokens that are known here, without asking anybody. */
  readonly local: readonly TokenAuthenticator[];
}

interface Authentication extends Disposable {
  /** In the order in which they are asked. */
  readonly authenticators: readonly Authenticator[];
  readonly anonymous: AnonymousAuthenticator;
  readonly tokens: TokenAuthenticator;
  /** Follows the configuration's file, if there is one. */
  run(signal: AbortSignal): Promise<void>;
}

const DEFAULTS: AuthenticationOptions = {
  configuration: {},
  anonymous: { enabled: true },
  algorithms: SIGNING_ALGORITHMS,
};

/**
 * Everything that finds out who asks. Throws ConfigurationError.
 * Upstream: pkg/kubeapiserver/authenticator/config.go#New
 */
export function createAuthentication(options: CreateAuthenticationOptions): Authentication {
  const { authentication = DEFAULTS, issuers: disallowedIssuers, audiences, clock } = options;
  const { configuration, algorithms, anonymous } = authentication;
  const jwts = validateAuthenticationConfiguration(configuration, { disallowedIssuers });
  const metrics = new JwtMetrics(options);
  const jwt = new JwtAuthenticators(jwts, { ...options, algorithms, metrics });
  const remembered = new RememberedTokens(jwt, { ...options, successTtlMs: SUCCESS_TTL_MS, failureTtlMs: 0 });
  const webhook = openWebhook(options);
  const tokens = new TokenUnion([...options.local, remembered, ...(webhook ? [webhook.tokens] : [])]);
  const bearer = new BearerAuthenticator({ tokens, audiences, log: new RefusalLog(options) });
  return {
    authenticators: [new CertificateAuthenticator(clock), bearer],
    anonymous: new AnonymousAuthenticator(anonymous),
    tokens,
    run: (signal) => followFile({ ...options, authentication, jwt, remembered }, signal),
    [Symbol.dispose]() {
      jwt[Symbol.dispose]();
      webhook?.[Symbol.dispose]();
    },
  };
}

function openWebhook(
  options: CreateAuthenticationOptions,
): (Disposable & { readonly tokens: TokenAuthenticator }) | undefined {
  const settings = options.authentication?.webhook;
  if (!settings) return undefined;
  const { kubeconfig, version, cacheTtlMs } = settings;
  const webhook = new ReviewWebhook({ ...options, kubeconfig, timeoutMs: WEBHOOK_TIMEOUT_MS });
  const asked = new TokenWebhook({ ...options, webhook, version });
  const tokens = new RememberedTokens(asked, { ...options, successTtlMs: cacheTtlMs, failureTtlMs: cacheTtlMs });
  return { tokens, [Symbol.dispose]: () => webhook[Symbol.dispose]() };
}

interface FollowOptions extends CreateAuthenticationOptions {
  readonly authentication: AuthenticationOptions;
  readonly jwt: JwtAuthenticators;
  readonly remembered: RememberedTokens;
}

async function followFile(options: FollowOptions, signal: AbortSignal): Promise<void> {
  const { authentication, jwt, remembered, issuers: disallowedIssuers, logger, clock } = options;
  const { file, configuration } = authentication;
  if (!file) return;
  const metrics = new ReloadMetrics({ ...options, about: "authentication", text: file.text });
  const was = configuration.anonymous ?? undefined;
  await reloadConfiguration(
    {
      file,
      clock,
      logger,
      metrics,
      prepare: (text) =>
        validateAuthenticationConfiguration(decodeAuthenticationConfiguration(text), {
          disallowedIssuers,
          anonymous: { was },
        }),
      async use(jwts, stop) {
        await jwt.replace(jwts, stop);
        remembered.forget();
      },
    },
    signal,
  );
}

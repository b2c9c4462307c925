import type { V1Secret } from "@dingi/api";
import type { UserInfo, V1ObjectMeta } from "@dingi/apimachinery";
import type { Clock } from "@dingi/base";
import { AUTHENTICATED_GROUP } from "../token/authenticated-groups.ts";
import type { TokenAuthenticator, TokenResult } from "../token/token-authenticator.ts";
import type { BoundObjects } from "./bound-objects.ts";
import { serviceAccountGroups, serviceAccountUsername, type TokenClaims } from "./claims.ts";
import { isLegacy, validateLegacy, type LegacyClaims } from "./legacy-token.ts";
import type { TokenKeys } from "./token-keys.ts";

const LEEWAY_SECONDS = 60;
const CACHE_LIMIT = 4096;
/** Longer ones are verified each time: they are few, and would fill the memory. */
const CACHED_LENGTH = 4096;

interface ServiceAccountOptions {
  readonly keys: TokenKeys;
  /** That are accepted. */
  readonly issuers: readonly string[];
  readonly audiences: readonly string[];
  readonly objects: BoundObjects;
  readonly clock: Clock;
  /** Told of each Secret whose token was used, good or marked as invalid. */
  readonly onLegacyUse: (secret: V1Secret) => void;
}

/** Tokens of service accounts. Upstream: pkg/serviceaccount/jwt.go and claims.go */
export class ServiceAccountAuthenticator implements TokenAuthenticator {
  readonly #options: ServiceAccountOptions;
  /** Tokens whose signature was verified; what they are bound to is looked at every time. */
  readonly #verified = new Map<string, TokenClaims | LegacyClaims>();
  /** The same user for every request with a token, because what he may do is remembered by who he is. */
  readonly #users = new WeakMap<TokenClaims, UserInfo>();

  constructor(options: ServiceAccountOptions) {
    this.#options = options;
  }

  /** Undefined when the token is not good for any of the audiences. */
  authenticateToken(token: string, audiences: readonly string[]): TokenResult | undefined {
    const claims = this.#verify(token);
    if (!claims) return undefined;
    if (isLegacy(claims)) return this.#legacy(claims, token, audiences);
    if (!this.#options.issuers.includes(claims.iss) || !this.#isInTime(claims)) return undefined;
    const shared = audiences.filter((audience) => claims.aud.includes(audience));
    if (shared.length === 0 || !this.#isBound(claims)) return undefined;
    return { user: this.#userOf(claims), audiences: shared };
  }

  /** Tokens of Secrets are for the API server's own audiences, and never expire. */
  #legacy(claims: LegacyClaims, token: string, audiences: readonly string[]): TokenResult | undefined {
    const shared = audiences.filter((audience) => this.#options.audiences.includes(audience));
    const user = shared.length === 0 ? undefined : validateLegacy(claims, token, this.#options);
    return user && { user, audiences: shared };
  }

  #verify(token: string): TokenClaims | LegacyClaims | undefined {
    const known = this.#verified.get(token);
    if (known) return known;
    const claims = this.#options.keys.verify(token);
    if (!claims) return undefined;
    if (token.length > CACHED_LENGTH) return claims;
    if (this.#verified.size >= CACHE_LIMIT) this.#verified.clear();
    this.#verified.set(token, claims);
    return claims;
  }

  #userOf(claims: TokenClaims): UserInfo {
    const user = this.#users.get(claims) ?? userOf(claims);
    this.#users.set(claims, user);
    return user;
  }

  /** Clocks may differ a little. Upstream: github.com/go-jose/go-jose/jwt/validation.go#ValidateWithLeeway */
  #isInTime({ exp, nbf, iat }: TokenClaims): boolean {
    const nowSeconds = this.#options.clock.now() / 1000;
    return exp >= nowSeconds - LEEWAY_SECONDS && Math.max(nbf, iat) <= nowSeconds + LEEWAY_SECONDS;
  }

  /** Everything the token is bound to still exists and is the same. */
  #isBound(claims: TokenClaims): boolean {
    const { namespace, serviceaccount, pod, secret, node } = claims["kubernetes.io"];
    const { objects } = this.#options;
    const same = (bound: { uid?: string }, live: V1ObjectMeta | undefined) =>
      live !== undefined && live.uid === bound.uid && !this.#longGone(live);
    if (!same(serviceaccount, objects.serviceAccount(namespace, serviceaccount.name))) return false;
    if (pod && !same(pod, objects.pod(namespace, pod.name))) return false;
    if (secret && !same(secret, objects.secret(namespace, secret.name)?.metadata)) return false;
    return !node || pod !== undefined || same(node, objects.node(node.name));
  }

  /** A minute after its deletion was due, an object does not count any more. */
  #longGone(metadata: V1ObjectMeta): boolean {
    return (
      metadata.deletionTimestamp !== undefined &&
      Date.parse(metadata.deletionTimestamp) + 60_000 < this.#options.clock.now()
    );
  }
}

function userOf(claims: TokenClaims): UserInfo {
  const { namespace, serviceaccount, pod, node } = claims["kubernetes.io"];
  const extra: Record<string, string[]> = { "authentication.kubernetes.io/credential-id": [`JTI=${claims.jti}`] };
  if (pod) {
    extra["authentication.kubernetes.io/pod-name"] = [pod.name];
    extra["authentication.kubernetes.io/pod-uid"] = [pod.uid];
  }
  if (node) {
    extra["authentication.kubernetes.io/node-name"] = [node.name];
    if (node.uid !== undefined) extra["authentication.kubernetes.io/node-uid"] = [node.uid];
  }
  return {
    name: serviceAccountUsername(namespace, serviceaccount.name),
    uid: serviceaccount.uid,
    groups: [...serviceAccountGroups(namespace), AUTHENTICATED_GROUP],
    extra,
  };
}

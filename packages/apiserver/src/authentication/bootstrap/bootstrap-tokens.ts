import { createHash, timingSafeEqual } from "node:crypto";
import { Secret, type V1Secret } from "@dingi/api";
import type { AnyKind } from "@dingi/apimachinery";
import { own, type Clock } from "@dingi/base";
import type { StoreFeed } from "../../cacher/store-feed.ts";
import { authenticatedGroups } from "../token/authenticated-groups.ts";
import type { TokenAuthenticator, TokenResult } from "../token/token-authenticator.ts";

/** Upstream: cluster-bootstrap/token/api/types.go */
const TOKEN = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const TYPE = "bootstrap.kubernetes.io/token";
const GROUP = "system:bootstrappers";
const EXTRA_GROUP = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;

interface BootstrapTokensOptions {
  readonly feed: StoreFeed;
  readonly clock: Clock;
  /** Of this server; such tokens are for all of them. */
  readonly audiences: readonly string[];
}

/** Tokens by which nodes join, each in a Secret. Upstream: plugin/pkg/auth/authenticator/token/bootstrap/bootstrap.go */
export class BootstrapTokens implements TokenAuthenticator {
  readonly #options: BootstrapTokensOptions;

  constructor(options: BootstrapTokensOptions) {
    this.#options = options;
  }

  authenticateToken(token: string, audiences: readonly string[]): TokenResult | undefined {
    const [, id, secret] = TOKEN.exec(token) ?? [];
    if (id === undefined || secret === undefined) return undefined;
    const { feed, clock, audiences: ours } = this.#options;
    const shared = audiences.filter((audience) => ours.includes(audience));
    const found = feed.cache(Secret as AnyKind).get(`kube-system/bootstrap-token-${id}`)?.object as
      | V1Secret
      | undefined;
    if (!found || shared.length === 0 || !isGood(found, { id, secret }, clock.now())) return undefined;
    const groups = groupsOf(found);
    const name = `system:bootstrap:${id}`;
    return groups && { user: { name, groups: authenticatedGroups(name, groups) }, audiences: shared };
  }
}

function isGood(secret: V1Secret, token: { readonly id: string; readonly secret: string }, nowMs: number): boolean {
  const isOne = secret.type === TYPE && secret.metadata.deletionTimestamp === undefined;
  const isSame = isEqual(fieldOf(secret, "token-secret"), token.secret) && fieldOf(secret, "token-id") === token.id;
  return isOne && isSame && fieldOf(secret, "usage-bootstrap-authentication") === "true" && !isOver(secret, nowMs);
}

function fieldOf({ data = {} }: V1Secret, name: string): string {
  return Buffer.from(own(data, name) ?? "", "base64").toString();
}

/** In the same time, whatever they are. */
function isEqual(a: string, b: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** An end that cannot be read has come. */
function isOver(secret: V1Secret, nowMs: number): boolean {
  const text = fieldOf(secret, "expiration");
  return text !== "" && !(Date.parse(text) > nowMs);
}

/** Undefined where one is none of theirs. Upstream: cluster-bootstrap/util/secrets/secrets.go#GetGroups */
function groupsOf(secret: V1Secret): readonly string[] | undefined {
  const extra = fieldOf(secret, "auth-extra-groups");
  const groups = extra === "" ? [] : extra.split(",");
  if (!groups.every((group) => EXTRA_GROUP.test(group))) return undefined;
  return [...new Set([GROUP, ...groups])].toSorted();
}

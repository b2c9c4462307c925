import { TokenReview, type V1TokenReview } from "@dingi/api";
import type { UserInfo } from "@dingi/apimachinery";
import type { Clock } from "@dingi/base";
import { decodeReviewAnswer } from "../../webhook/kubeconfig/decode-answer.ts";
import type { ReviewWebhook } from "../../webhook/kubeconfig/review-webhook.ts";
import { authenticatedGroups } from "../token/authenticated-groups.ts";
import type { TokenAuthenticator, TokenResult } from "../token/token-authenticator.ts";

/** Of all attempts. Upstream: apiserver/pkg/authentication/token/cache/cached_token_authenticator.go#sharedLookupTimeout */
const TIMEOUT_MS = 30_000;
/** Tokens that are asked about at the same time; further ones are refused. */
const MAX_ASKED = 512;

export type TokenReviewVersion = "v1" | "v1beta1";

interface TokenWebhookOptions {
  readonly webhook: ReviewWebhook;
  readonly clock: Clock;
  readonly version: TokenReviewVersion;
  /** Of this server: for which a token is when the answer does not say. */
  readonly audiences: readonly string[];
}

/** Asks another server whose a token is. Upstream: apiserver/plugin/pkg/authenticator/token/webhook/webhook.go */
export class TokenWebhook implements TokenAuthenticator {
  readonly #options: TokenWebhookOptions;
  #asked = 0;

  constructor(options: TokenWebhookOptions) {
    this.#options = options;
  }

  async authenticateToken(token: string, audiences: readonly string[]): Promise<TokenResult | undefined> {
    if (this.#asked >= MAX_ASKED) throw new Error("too many tokens wait for the webhook");
    this.#asked++;
    try {
      const { status } = await this.#review(token, audiences);
      return resultOf(status, audiences, this.#options.audiences);
    } finally {
      this.#asked--;
    }
  }

  async #review(token: string, audiences: readonly string[]): Promise<V1TokenReview> {
    const { webhook, clock, version } = this.#options;
    const apiVersion = `authentication.k8s.io/${version}`;
    const spec = { token, ...(audiences.length > 0 ? { audiences } : {}) };
    const review = { kind: "TokenReview", apiVersion, metadata: {}, spec, status: { user: {} } };
    const body = await webhook.post(review, clock.deadline(TIMEOUT_MS));
    return decodeReviewAnswer<V1TokenReview>(body, TokenReview, apiVersion);
  }
}

function resultOf(
  status: V1TokenReview["status"],
  wanted: readonly string[],
  implicit: readonly string[],
): TokenResult | undefined {
  const got = status.audiences?.length ? status.audiences : implicit;
  const audiences = wanted.filter((audience) => got.includes(audience));
  if (audiences.length === 0) return undefined;
  if (!status.authenticated) {
    if (status.error) throw new Error(status.error);
    return undefined;
  }
  return { user: userOf(status), audiences };
}

function userOf({ user = {} }: V1TokenReview["status"]): UserInfo {
  const { username = "", uid = "", groups = [], extra } = user;
  return {
    name: username,
    ...(uid === "" ? {} : { uid }),
    groups: authenticatedGroups(username, groups),
    ...(extra ? { extra } : {}),
  };
}

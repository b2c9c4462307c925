import type { V1TokenReview } from "@dingi/api";
import { newBadRequest, wireTime, type ApiResponse } from "@dingi/apimachinery";
import type { TokenAuthenticator, TokenResult } from "../authentication/token/token-authenticator.ts";
import type { ReviewCall, ReviewHandler } from "../endpoints/action.ts";
import type { EndpointServices } from "../endpoints/endpoint.ts";
import { answer, decodeReview } from "./decode-review.ts";
import { messageOf } from "../authentication/token/message-of.ts";

/** Whose is this token? Upstream: pkg/registry/authentication/tokenreview/storage.go */
export class TokenReviewHandler implements ReviewHandler {
  readonly #tokens: TokenAuthenticator;
  readonly #audiences: readonly string[];

  constructor(tokens: TokenAuthenticator, audiences: readonly string[]) {
    this.#tokens = tokens;
    this.#audiences = audiences;
  }

  async handle(call: ReviewCall, services: EndpointServices): Promise<ApiResponse> {
    const body = await decodeReview<V1TokenReview>(call, services);
    if (!body.spec.token) throw newBadRequest("token is required for TokenReview in authentication");
    const asked = (body.spec.audiences ?? []).length > 0 ? body.spec.audiences! : this.#audiences;
    const result = await this.#authenticate(body.spec.token, asked);
    if (typeof result === "string")
      return answer(call, { ...body, status: { user: {}, error: result } } as V1TokenReview);
    const { name, uid, groups, extra } = result.user;
    return answer(call, {
      ...body,
      status: { authenticated: true, user: { username: name, uid, groups, extra }, audiences: result.audiences },
    } as V1TokenReview);
  }

  /** A text says why it is nobody's. */
  async #authenticate(token: string, audiences: readonly string[]): Promise<TokenResult | string> {
    try {
      return (await this.#tokens.authenticateToken(token, audiences)) ?? "invalid bearer token";
    } catch (error) {
      return messageOf(error);
    }
  }
}

/** Who am I? Upstream: pkg/registry/authentication/selfsubjectreview/rest.go */
export class SelfSubjectReviewHandler implements ReviewHandler {
  async handle(call: ReviewCall, services: EndpointServices): Promise<ApiResponse> {
    await decodeReview(call, services);
    const { name, uid, groups, extra } = call.user;
    const metadata = { creationTimestamp: wireTime(services.clock.now()) };
    return answer(call, { metadata, status: { userInfo: { username: name, uid, groups, extra } } } as never);
  }
}

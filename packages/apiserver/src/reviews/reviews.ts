import {
  Binding,
  LocalSubjectAccessReview,
  SelfSubjectAccessReview,
  SelfSubjectReview,
  SelfSubjectRulesReview,
  SubjectAccessReview,
  TokenReview,
} from "@dingi/api";
import type { ReviewDefinition } from "@dingi/apimachinery";
import { BindingCollectionHandler } from "../actions/binding.ts";
import type { TokenAuthenticator } from "../authentication/token/token-authenticator.ts";
import type { Authorizer } from "../authorization/authorizer.ts";
import type { ReviewHandler } from "../endpoints/action.ts";
import { AccessReviewHandler, RulesReviewHandler } from "./access-review.ts";
import { SelfSubjectReviewHandler, TokenReviewHandler } from "./token-review.ts";

interface ReviewsOptions {
  readonly authorizer: Authorizer;
  readonly tokens: TokenAuthenticator;
  readonly audiences: readonly string[];
}

/** Who answers which review. */
export function createReviews({ authorizer, tokens, audiences }: ReviewsOptions): ReadonlyMap<string, ReviewHandler> {
  const access = new AccessReviewHandler(authorizer);
  const entries: [Pick<ReviewDefinition, "apiVersion" | "plural">, ReviewHandler][] = [
    [SubjectAccessReview, access],
    [LocalSubjectAccessReview, access],
    [SelfSubjectAccessReview, access],
    [SelfSubjectRulesReview, new RulesReviewHandler(authorizer)],
    [TokenReview, new TokenReviewHandler(tokens, audiences)],
    [Binding, new BindingCollectionHandler()],
    [SelfSubjectReview, new SelfSubjectReviewHandler()],
  ];
  return new Map(entries.map(([review, handler]) => [`${review.apiVersion}/${review.plural}`, handler]));
}

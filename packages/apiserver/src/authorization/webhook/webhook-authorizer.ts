import { createHash } from "node:crypto";
import { SubjectAccessReview, type V1SubjectAccessReview, type V1SubjectAccessReviewSpec } from "@dingi/api";
import { encodeJson } from "@dingi/apimachinery";
import { LruMap, type Clock } from "@dingi/base";
import { decodeReviewAnswer } from "../../webhook/kubeconfig/decode-answer.ts";
import type { ReviewWebhook } from "../../webhook/kubeconfig/review-webhook.ts";
import type { AuthorizationAttributes, Authorizer, Decision, ListedRules } from "../authorizer.ts";
import { matchesAll, type MatchCondition } from "./match-condition.ts";
import { accessSpec, inVersion } from "./subject-access-review.ts";

const MAX_ANSWERS = 8192;
/** Of what whoever asks has written himself. Upstream: apiserver/plugin/pkg/authorizer/webhook/webhook.go#maxControlledAttrCacheSize */
const MAX_ASKED_LENGTH = 10_000;
const MAX_REASON_LENGTH = 4096;
/** Of all attempts: nobody waits longer for an answer. */
const TIMEOUT_MS = 60_000;

export interface WebhookAuthorizerOptions {
  readonly clock: Clock;
  readonly webhook: ReviewWebhook;
  readonly version: "v1" | "v1beta1";
  /** How long answers are good; they are not remembered at 0. */
  readonly authorizedTtlMs: number;
  readonly unauthorizedTtlMs: number;
  readonly conditions: readonly MatchCondition[];
  /** What is said where the webhook says nothing. */
  readonly onError: "no opinion" | "deny";
  readonly metrics: { evaluated(result: string, tookMs: number): void; failedOpen(result: string): void };
}

type Status = V1SubjectAccessReview["status"];

interface Answer {
  readonly status: Status;
  readonly untilMs: number;
}

/** Asks another server. Upstream: apiserver/plugin/pkg/authorizer/webhook/webhook.go */
export class WebhookAuthorizer implements Authorizer {
  readonly #options: WebhookAuthorizerOptions;
  /** By a hash of the question, which may be long. */
  readonly #answers = new LruMap<string, Answer>(MAX_ANSWERS);

  constructor(options: WebhookAuthorizerOptions) {
    this.#options = options;
  }

  async authorize(attributes: AuthorizationAttributes): Promise<Decision> {
    const spec = accessSpec(attributes);
    try {
      if (!matchesAll(this.#options.conditions, spec)) return { decision: "no opinion", reason: "" };
      return decisionOf(await this.#statusOf(spec, attributes));
    } catch (error) {
      return { decision: this.#options.onError, reason: "", error: (error as Error).message };
    }
  }

  listRules(): ListedRules {
    return { rules: [], incomplete: true, error: "webhook authorizer does not support user rule resolution" };
  }

  async #statusOf(spec: V1SubjectAccessReviewSpec, attributes: AuthorizationAttributes): Promise<Status> {
    const { clock, authorizedTtlMs, unauthorizedTtlMs } = this.#options;
    const key = createHash("sha256").update(encodeJson(spec)).digest("latin1");
    const known = this.#answers.get(key);
    if (known && known.untilMs > clock.now()) return known.status;
    const status = await this.#ask(spec);
    const ttlMs = status.allowed ? authorizedTtlMs : unauthorizedTtlMs;
    if (ttlMs > 0 && isRemembered(attributes, status)) this.#answers.set(key, { status, untilMs: clock.now() + ttlMs });
    return status;
  }

  async #ask(spec: V1SubjectAccessReviewSpec): Promise<Status> {
    const { clock, webhook, version, metrics, onError } = this.#options;
    const apiVersion = `authorization.k8s.io/${version}`;
    const review = { kind: "SubjectAccessReview", apiVersion, metadata: {}, spec: inVersion(spec, version) };
    const startMs = clock.monotonic();
    const signal = clock.deadline(TIMEOUT_MS);
    try {
      const body = await webhook.post({ ...review, status: { allowed: false } }, signal);
      const { status } = decodeReviewAnswer<V1SubjectAccessReview>(body, SubjectAccessReview, apiVersion);
      metrics.evaluated("success", clock.monotonic() - startMs);
      return status;
    } catch (error) {
      const result = (error as Error).message.endsWith("context deadline exceeded") ? "timeout" : "error";
      metrics.evaluated(result, clock.monotonic() - startMs);
      if (onError === "no opinion") metrics.failedOpen(result);
      throw error;
    }
  }
}

function decisionOf({ allowed, denied = false, reason = "" }: Status): Decision {
  if (denied && allowed)
    return { decision: "deny", reason, error: "webhook subject access review returned both allow and deny response" };
  return { decision: denied ? "deny" : allowed ? "allow" : "no opinion", reason };
}

function isRemembered(attributes: AuthorizationAttributes, { reason = "" }: Status): boolean {
  const { namespace, verb, group, version, resource, subresource, name, path } = attributes;
  const asked = [namespace, verb, group, version, resource, subresource, name, path];
  const length = asked.reduce((sum, text) => sum + text.length, 0);
  return length < MAX_ASKED_LENGTH && reason.length <= MAX_REASON_LENGTH;
}

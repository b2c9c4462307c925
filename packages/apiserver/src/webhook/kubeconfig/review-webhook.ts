import { createHash } from "node:crypto";
import type { IncomingMessage, RequestOptions } from "node:http";
import { createSecureContext } from "node:tls";
import { encodeJson, joinHostPort, StatusError, type Dialer } from "@dingi/apimachinery";
import type { Clock, Random } from "@dingi/base";
import { checkAnswer, readAnswer } from "../answer.ts";
import { CallDeadline } from "../call-deadline.ts";
import { networkCause } from "../network-cause.ts";
import { placeOfUrl } from "../place-of-url.ts";
import { openAgent, sendRequest } from "../send-request.ts";
import type { Trust } from "../trusted-authorities.ts";
import type { WebhookAgent } from "../webhook-agent.ts";
import { WebhookCallError } from "../webhook-config.ts";
import type { WebhookKubeconfig } from "./webhook-kubeconfig.ts";

/** Upstream has no limit. */
const MAX_ANSWER_BYTES = 1024 * 1024;
/** Upstream: apiserver/pkg/server/options/authentication.go#DefaultAuthWebhookRetryBackoff */
const BACK_OFF = { firstMs: 500, factor: 1.5, jitter: 0.2, steps: 5 };

interface ReviewWebhookOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly dialer: Dialer;
  readonly kubeconfig: WebhookKubeconfig;
  /** Of one attempt. */
  readonly timeoutMs: number;
}

/** Asks one server about tokens or access. What fails and may not fail again is asked again, with a back-off. */
export class ReviewWebhook implements Disposable {
  readonly #options: ReviewWebhookOptions;
  readonly #trust: Trust;
  #agent: Promise<WebhookAgent> | undefined;

  constructor(options: ReviewWebhookOptions) {
    this.#options = options;
    this.#trust = trustOf(options.kubeconfig);
  }

  /** The body of a good answer. Throws StatusError for a refusal, WebhookCallError when nothing good came back. */
  async post(review: object, signal: AbortSignal): Promise<Uint8Array> {
    const { clock, random } = this.#options;
    const body = Buffer.from(encodeJson(review));
    let waitMs = BACK_OFF.firstMs;
    for (let step = 1; ; step++) {
      try {
        return await this.#once(body, signal);
      } catch (error) {
        if (step >= BACK_OFF.steps || signal.aborted || !isTransient(error)) throw error;
      }
      await clock.sleep(waitMs * (1 + random.float() * BACK_OFF.jitter), signal);
      waitMs *= BACK_OFF.factor;
    }
  }

  /** Ends what is kept, and what is under way. */
  [Symbol.dispose](): void {
    void this.#agent?.then((agent) => agent.destroy());
  }

  async #once(body: Buffer, signal: AbortSignal): Promise<Buffer> {
    using deadline = new CallDeadline(this.#options.clock, this.#options.timeoutMs, signal);
    try {
      const response = await this.#send(body, deadline);
      const answer = await readAnswer(response, MAX_ANSWER_BYTES);
      if (!answer) throw new WebhookCallError(`the answer is larger than ${MAX_ANSWER_BYTES} bytes`);
      checkAnswer(response, answer);
      return answer;
    } catch (cause) {
      if (cause instanceof StatusError) throw cause;
      throw new CallFailed(this.#explain(cause, deadline), { cause });
    }
  }

  async #send(body: Buffer, deadline: CallDeadline): Promise<IncomingMessage> {
    const { dialer, kubeconfig, timeoutMs } = this.#options;
    const { server, serverName, authorization } = kubeconfig;
    const agent = await (this.#agent ??= openAgent(dialer));
    const { host, port } = placeOfUrl(server);
    const seconds = Math.max(Math.ceil(timeoutMs / 1000), 1);
    const headers = {
      host: server.host,
      "user-agent": "kube-apiserver",
      accept: "application/json, */*",
      "content-type": "application/json",
      "content-length": body.length,
      ...(authorization ? { authorization: authorization() } : {}),
    };
    const { signal } = deadline;
    const request = { method: "POST", path: `${server.pathname}?timeout=${seconds}s`, headers, signal };
    const place = { agent, host, port, serverName: serverName || host, trust: this.#trust, callSignal: signal };
    return await sendRequest({ ...request, ...place } as RequestOptions, body);
  }

  #explain(cause: unknown, deadline: CallDeadline): string {
    const { server } = this.#options.kubeconfig;
    const where = `Post ${JSON.stringify(server.href)}`;
    if (deadline.expired) return `${where}: context deadline exceeded`;
    if (cause instanceof WebhookCallError) return `${where}: ${cause.message}`;
    const { host, port } = placeOfUrl(server);
    return `${where}: ${networkCause(cause, joinHostPort(host, port))}`;
  }
}

/** A call that brought nothing; its cause says why. */
class CallFailed extends WebhookCallError {
  override name = "CallFailed";
}

/** Upstream: apiserver/pkg/util/webhook/webhook.go#DefaultShouldRetry */
function isTransient(error: unknown): boolean {
  if (error instanceof StatusError)
    return (
      ["InternalError", "Timeout", "TooManyRequests", "ServerTimeout"].includes(error.reason) ||
      (error.status.details?.retryAfterSeconds ?? 0) > 0
    );
  return error instanceof CallFailed && (error.cause as { code?: unknown } | undefined)?.code === "ECONNRESET";
}

/** Connections with different certificates are different. */
function trustOf({ certificateAuthority: ca, anybody, certificate }: WebhookKubeconfig): Trust {
  const id = createHash("sha256")
    .update(JSON.stringify([ca, anybody, certificate?.cert ?? ""]))
    .digest("base64");
  const authorities = ca === "" ? {} : { ca, allowPartialTrustChain: true };
  return { id, anybody, context: createSecureContext({ ...authorities, ...certificate }) };
}

import type { IncomingMessage, RequestOptions } from "node:http";
import { encodeJson, joinHostPort, StatusError, type Dialer } from "@dingi/apimachinery";
import { describeError, type Clock } from "@dingi/base";
import { checkAnswer, readAnswer } from "./answer.ts";
import { CallDeadline } from "./call-deadline.ts";
import { networkCause } from "./network-cause.ts";
import { openAgent, sendRequest } from "./send-request.ts";
import type { Address, ServiceResolver } from "./service-resolver.ts";
import { TrustedAuthorities } from "./trusted-authorities.ts";
import type { WebhookAgent } from "./webhook-agent.ts";
import {
  targetOf,
  WebhookCallError,
  WebhookConfigError,
  type WebhookClientConfig,
  type WebhookTarget,
} from "./webhook-config.ts";

/** Upstream has no limit; here it is that of requests. */
const MAX_ANSWER_BYTES = 3 * 1024 * 1024;
/** Upstream: client-go/rest/request.go#Do, of webhooks that ask to be called later */
const MAX_RETRIES = 10;

interface WebhookClientOptions {
  readonly clock: Clock;
  readonly dialer: Dialer;
  readonly resolve: ServiceResolver;
}

export interface WebhookCall {
  readonly config: WebhookClientConfig;
  /** Sent as JSON. */
  readonly body: object;
  /** The webhook is told of it in whole seconds, rounded up. */
  readonly timeoutMs: number;
  /** Of whoever waits. */
  readonly signal: AbortSignal;
  /** The answer's bytes; as many as a request may have when absent. */
  readonly maxAnswerBytes?: number;
}

/**
 * Asks webhooks, whatever about. Connections are kept and shared by the calls to the same address; calls wait for nothing
 * but their own webhook. Redirects are refused: who answers must be who is configured (CVE-2020-8561).
 *
 * Differs: no proxies of the environment, no credentials (upstream's AdmissionConfiguration), HTTP/1.1 alone.
 * Upstream: apiserver/pkg/util/webhook/client.go
 */
export class WebhookClient implements Disposable {
  readonly #options: WebhookClientOptions;
  readonly #authorities = new TrustedAuthorities();
  #agent: Promise<WebhookAgent> | undefined;

  constructor(options: WebhookClientOptions) {
    this.#options = options;
  }

  /**
   * The body of a good answer, which is not empty.
   *
   * Throws WebhookConfigError for what cannot be called at all, WebhookCallError when nothing good came back, StatusError
   * for a Status or a refusal in its place; the caller's reason when it is the caller who has given up.
   */
  async post(call: WebhookCall): Promise<Uint8Array> {
    const target = targetOf(call.config);
    const seconds = Math.max(Math.ceil(call.timeoutMs / 1000), 1);
    const path = `${target.path}?timeout=${seconds}s`;
    using deadline = new CallDeadline(this.#options.clock, call.timeoutMs, call.signal);
    const attempt = new Attempt(call, { ...target, path }, deadline);
    try {
      return await this.#tryUntilAnswered(attempt);
    } catch (error) {
      if (call.signal.aborted) throw call.signal.reason;
      throw attempt.explain(error);
    }
  }

  /** Ends what is kept, and what is under way. */
  [Symbol.dispose](): void {
    void this.#agent?.then((agent) => agent.destroy());
  }

  async #tryUntilAnswered(attempt: Attempt): Promise<Uint8Array> {
    const trust = this.#authorities.of(attempt.call.config.caBundle);
    const agent = await (this.#agent ??= openAgent(this.#options.dialer));
    for (let retries = 0; ; retries++) {
      attempt.signal.throwIfAborted();
      const { host, port } = attempt.locate(this.#options.resolve);
      const { serverName } = attempt.target;
      const response = await attempt.send({
        agent,
        host,
        port,
        serverName,
        trust,
        callSignal: attempt.signal,
      } as RequestOptions);
      const waitMs = retries < MAX_RETRIES ? retryAfterMs(response) : undefined;
      if (waitMs === undefined) return await attempt.read(response);
      response.resume();
      await this.#options.clock.sleep(waitMs, attempt.signal);
    }
  }
}

/** One call, and where it goes to at the moment. */
class Attempt {
  readonly call: WebhookCall;
  readonly target: WebhookTarget;
  #address: Address | undefined;
  readonly #deadline: CallDeadline;
  readonly #body: Buffer;
  readonly #url: string;

  constructor(call: WebhookCall, target: WebhookTarget, deadline: CallDeadline) {
    this.call = call;
    this.target = target;
    this.#deadline = deadline;
    this.#body = Buffer.from(encodeJson(call.body));
    this.#url = `https://${target.authority}${target.path}`;
  }

  get signal(): AbortSignal {
    return this.#deadline.signal;
  }

  locate(resolve: ServiceResolver): Address {
    const { address } = this.target;
    try {
      return (this.#address = "service" in address ? resolve(address.service) : address);
    } catch (error) {
      // What the resolver refuses with is no answer of the webhook.
      throw this.#failed((error as Error).message, error);
    }
  }

  send(to: RequestOptions): Promise<IncomingMessage> {
    return sendRequest({ ...to, ...this.#request() }, this.#body);
  }

  async read(response: IncomingMessage): Promise<Uint8Array> {
    const { statusCode = 0, headers } = response;
    if (statusCode >= 300 && statusCode < 400 && headers.location !== undefined) {
      response.destroy();
      throw this.#failed(`redirected to ${JSON.stringify(headers.location)}, which is not followed`);
    }
    const body = await this.#bodyOf(response);
    checkAnswer(response, body);
    return body;
  }

  /** What went wrong, as whoever wrote to the API server is told it. */
  explain(error: unknown): Error {
    if (error instanceof WebhookConfigError || error instanceof WebhookCallError) return error;
    return error instanceof StatusError ? error : this.#failed(this.#causeOf(error), error);
  }

  async #bodyOf(response: IncomingMessage): Promise<Buffer> {
    const limit = this.call.maxAnswerBytes ?? MAX_ANSWER_BYTES;
    try {
      const body = await readAnswer(response, limit);
      if (body) return body;
    } catch (error) {
      const text = "unexpected error when reading response body. Please retry. Original error";
      throw new WebhookCallError(`${text}: ${this.#causeOf(error)}`, { cause: error });
    }
    throw this.#failed(`the answer is larger than ${limit} bytes`);
  }

  #failed(why: string, cause?: unknown): WebhookCallError {
    return new WebhookCallError(`Post ${JSON.stringify(this.#url)}: ${why}`, { cause });
  }

  #causeOf(error: unknown): string {
    if (this.#deadline.expired) return "context deadline exceeded";
    if (!this.#address) return describeError(error);
    return networkCause(error, joinHostPort(this.#address.host, this.#address.port));
  }

  #request(): RequestOptions {
    const headers = {
      host: this.target.authority,
      "user-agent": "kube-apiserver-admission",
      accept: "application/json, */*",
      "content-type": "application/json",
      "content-length": this.#body.length,
    };
    return { method: "POST", path: this.target.path, headers, signal: this.signal };
  }
}

/** Of one that asks to be called later. Upstream: client-go/rest/with_retry.go#checkWait */
function retryAfterMs({ statusCode = 0, headers }: IncomingMessage): number | undefined {
  const asks = statusCode === 429 || statusCode >= 500;
  const seconds = headers["retry-after"] ?? "";
  return asks && /^\d{1,6}$/.test(seconds) ? Number(seconds) * 1000 : undefined;
}

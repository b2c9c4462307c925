import type { IncomingMessage, RequestOptions } from "node:http";
import { joinHostPort, type Dialer } from "@dingi/apimachinery";
import type { Clock } from "@dingi/base";
import { readAnswer } from "../../webhook/answer.ts";
import { CallDeadline } from "../../webhook/call-deadline.ts";
import { networkCause } from "../../webhook/network-cause.ts";
import { placeOfUrl } from "../../webhook/place-of-url.ts";
import { openAgent, sendRequest } from "../../webhook/send-request.ts";
import { TrustedAuthorities, type Trust } from "../../webhook/trusted-authorities.ts";
import type { WebhookAgent } from "../../webhook/webhook-agent.ts";

/** Upstream: apiserver/plugin/pkg/authenticator/token/oidc/oidc.go#New */
const TIMEOUT_MS = 30_000;
/** Upstream reads whatever comes. */
const MAX_BYTES = 1024 * 1024;
/** Upstream: net/http/client.go#defaultCheckRedirect */
const MAX_REDIRECTS = 10;

interface IssuerClientOptions {
  readonly clock: Clock;
  readonly dialer: Dialer;
  /** PEM; the authorities that this machine trusts where it is empty. */
  readonly certificateAuthority: string;
}

/** Gets documents of an issuer over TLS, with bounds on their bytes and their time. Differs: redirects lead to https only. */
export class IssuerClient implements Disposable {
  readonly #options: IssuerClientOptions;
  readonly #trust: Trust;
  #agent: Promise<WebhookAgent> | undefined;

  constructor(options: IssuerClientOptions) {
    this.#options = options;
    this.#trust = new TrustedAuthorities().of(Buffer.from(options.certificateAuthority).toString("base64"));
  }

  /** The body of a good answer. Throws an Error that names the URL. */
  async get(url: string, signal: AbortSignal): Promise<Buffer> {
    using deadline = new CallDeadline(this.#options.clock, TIMEOUT_MS, signal);
    let at = new URL(url);
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const response = await this.#send(at, deadline);
      const next = redirectOf(response, at);
      if (next === undefined) return await bodyOf(response, at, deadline);
      response.destroy();
      at = next;
    }
    throw new Error(`Get ${JSON.stringify(url)}: stopped after ${MAX_REDIRECTS} redirects`);
  }

  /** Ends what is kept, and what is under way. */
  [Symbol.dispose](): void {
    void this.#agent?.then((agent) => agent.destroy());
  }

  async #send(url: URL, deadline: CallDeadline): Promise<IncomingMessage> {
    const agent = await (this.#agent ??= openAgent(this.#options.dialer));
    const { host, port } = placeOfUrl(url);
    const headers = { host: url.host, accept: "application/json, */*", "user-agent": "kube-apiserver-oidc" };
    const request = { method: "GET", path: `${url.pathname}${url.search}`, headers, signal: deadline.signal };
    const place = { agent, host, port, serverName: host, trust: this.#trust, callSignal: deadline.signal };
    try {
      return await sendRequest({ ...request, ...place } as RequestOptions, undefined);
    } catch (error) {
      throw failed(url, causeOf(error, deadline, joinHostPort(host, port)), error);
    }
  }
}

function redirectOf({ statusCode = 0, headers }: IncomingMessage, from: URL): URL | undefined {
  if (![301, 302, 303, 307, 308].includes(statusCode) || headers.location === undefined) return undefined;
  const { location } = headers;
  const to = URL.canParse(location, from) ? new URL(location, from) : undefined;
  if (to?.protocol !== "https:") throw failed(from, `redirected to ${JSON.stringify(location)}, which is not followed`);
  return to;
}

async function bodyOf(response: IncomingMessage, url: URL, deadline: CallDeadline): Promise<Buffer> {
  let body;
  try {
    body = await readAnswer(response, MAX_BYTES);
  } catch (error) {
    throw failed(url, `unable to read response body: ${causeOf(error, deadline, url.host)}`, error);
  }
  if (!body) throw failed(url, `the answer is larger than ${MAX_BYTES} bytes`);
  const { statusCode, statusMessage } = response;
  if (statusCode !== 200) throw failed(url, `${statusCode} ${statusMessage}`);
  return body;
}

function causeOf(error: unknown, deadline: CallDeadline, dialled: string): string {
  return deadline.expired ? "context deadline exceeded" : networkCause(error, dialled);
}

function failed(url: URL, why: string, cause?: unknown): Error {
  return new Error(`Get ${JSON.stringify(url.href)}: ${why}`, { cause });
}

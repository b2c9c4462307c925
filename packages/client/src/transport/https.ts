import {
  constants,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from "node:http2";
import { encodeJson, newServiceUnavailable, type WatchEvent } from "@dingi/apimachinery";
import { systemClock, systemRandom, type Clock, type Random } from "@dingi/base";
import { Connections } from "./connections.ts";
import { failure, isRefused } from "./in-process.ts";
import type { StreamResponse, Transport, TransportRequest } from "./transport.ts";
import { splitLines } from "./lines.ts";

export interface HttpsOptions {
  /** "https://127.0.0.1:6443" */
  readonly server: string;
  /** PEM. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Read for every request, because tokens are rotated. */
  readonly token?: () => string;
  readonly userAgent: string;
  readonly insecure?: boolean;
  /** The name in the server's certificate, when it is not the one in the address. */
  readonly servername?: string;
  /** Sent with every request: impersonation. */
  readonly headers?: Readonly<Record<string, string | string[]>>;
  /** For how long to wait before another connection. */
  readonly clock?: Clock;
  readonly random?: Random;
}

/**
 * All requests and watches of a client share one HTTP/2 connection while it has room for them; a lost one, or one on which
 * the server refuses more, is followed by another.
 */
export class HttpsTransport implements Transport {
  readonly #options: HttpsOptions;
  readonly #connections: Connections;

  constructor(options: HttpsOptions) {
    this.#options = options;
    const { server, clock = systemClock, random = systemRandom } = options;
    this.#connections = new Connections({ server, tls: tlsOf(options), clock, random });
  }

  /** Another certificate, and whom to believe: requests that have begun end as they are, watches among them. */
  renew(certificates: Pick<HttpsOptions, "ca" | "cert" | "key">): void {
    this.#connections.renew(tlsOf({ ...this.#options, ...certificates }));
  }

  async request(request: TransportRequest): Promise<unknown> {
    await using response = await this.stream(request);
    const chunks: Uint8Array[] = [];
    for await (const chunk of response.body) chunks.push(chunk);
    return JSON.parse(Buffer.concat(chunks).toString());
  }

  async *watch(request: TransportRequest): AsyncIterable<readonly WatchEvent[]> {
    await using response = await this.stream(request);
    for await (const lines of splitLines(response.body)) yield lines.map((line) => JSON.parse(line) as WatchEvent);
  }

  async stream(request: TransportRequest): Promise<StreamResponse> {
    const { stream, session } = await this.#connections.request({
      headers: () => this.#headersOf(request),
      endStream: request.body === undefined,
      signal: request.signal,
    });
    if (request.body !== undefined) stream.end(encodeJson(request.body));
    return await answerOf(stream, request, session);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#connections.destroy();
    return await Promise.resolve();
  }

  #headersOf(request: TransportRequest): OutgoingHttpHeaders {
    const { userAgent, headers, token } = this.#options;
    const query = request.query.toString();
    return {
      ":method": request.method,
      ":path": query === "" ? request.path : `${request.path}?${query}`,
      ...request.headers,
      accept: request.accept ?? "application/json",
      "user-agent": userAgent,
      ...headers,
      ...(request.body === undefined ? {} : { "content-type": request.contentType ?? "application/json" }),
      ...(token ? { authorization: `Bearer ${token()}` } : {}),
    };
  }
}

function tlsOf({ ca, cert, key, servername, insecure }: HttpsOptions) {
  const given = Object.entries({ ca, cert, key, servername }).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(given), rejectUnauthorized: !insecure };
}

async function answerOf(
  stream: ClientHttp2Stream,
  request: TransportRequest,
  session: ClientHttp2Session,
): Promise<StreamResponse> {
  const headers = await responseHeaders(stream, session).catch((error: unknown) => {
    if (request.signal?.aborted) throw request.signal.reason;
    throw error;
  });
  const status = Number(headers[":status"]);
  const body = bodyOf(stream, request.signal);
  if (isRefused(status)) throw await failure(status, body, headers["retry-after"]);
  return {
    status,
    headers: headers as Record<string, string | undefined>,
    body,
    [Symbol.asyncDispose]: () => {
      if (!stream.closed) stream.close(constants.NGHTTP2_CANCEL);
      return Promise.resolve();
    },
  };
}

async function responseHeaders(stream: ClientHttp2Stream, session: ClientHttp2Session): Promise<IncomingHttpHeaders> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingHttpHeaders>();
  stream.once("response", resolve);
  stream.once("error", reject);
  stream.once("close", () => reject(newServiceUnavailable("The connection to the API server was lost")));
  session.once("error", reject);
  try {
    return await promise;
  } finally {
    session.off("error", reject);
  }
}

async function* bodyOf(stream: ClientHttp2Stream, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of stream) yield chunk as Uint8Array;
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw error;
  }
}

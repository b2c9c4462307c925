import {
  connect,
  constants,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
} from "node:http2";
import { encodeJson, newServiceUnavailable, type WatchEvent } from "@dingi/apimachinery";
import { failure } from "./in-process.ts";
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
}

/** As Go's client: with HTTP/2's own 64 KiB, a long list waits for the reader at every fortieth of its way. */
const STREAM_WINDOW_BYTES = 4 * 1024 * 1024;
const CONNECTION_WINDOW_BYTES = 1024 * 1024 * 1024;
const PING_MS = 30_000;
const PING_WAIT_MS = 15_000;
const CONNECT_MS = 10_000;

/** One HTTP/2 connection that all requests and watches of a client share; a lost one is made anew. */
export class HttpsTransport implements Transport {
  readonly #options: HttpsOptions;
  #session: ClientHttp2Session | undefined;

  constructor(options: HttpsOptions) {
    this.#options = options;
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
    const session = this.#connected();
    const query = request.query.toString();
    const stream = session.request(
      {
        ":method": request.method,
        ":path": query === "" ? request.path : `${request.path}?${query}`,
        accept: request.accept ?? "application/json",
        "user-agent": this.#options.userAgent,
        ...this.#options.headers,
        ...(request.body === undefined ? {} : { "content-type": request.contentType ?? "application/json" }),
        ...(this.#options.token ? { authorization: `Bearer ${this.#options.token()}` } : {}),
      },
      { endStream: request.body === undefined, ...(request.signal ? { signal: request.signal } : {}) },
    );
    stream.on("error", () => {});
    if (request.body !== undefined) stream.end(encodeJson(request.body));
    return await answerOf(stream, request, session);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#session?.destroy();
    this.#session = undefined;
    return await Promise.resolve();
  }

  #connected(): ClientHttp2Session {
    if (this.#session && !this.#session.closed && !this.#session.destroyed) return this.#session;
    const { server, ca, cert, key, insecure, servername } = this.#options;
    const session = connect(server, {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(servername === undefined ? {} : { servername }),
      rejectUnauthorized: !insecure,
      settings: { initialWindowSize: STREAM_WINDOW_BYTES },
    });
    session.once("connect", () => session.setLocalWindowSize(CONNECTION_WINDOW_BYTES));
    const drop = () => {
      if (this.#session === session) this.#session = undefined;
    };
    session.on("error", drop);
    session.on("close", drop);
    session.on("goaway", drop);
    session.setMaxListeners(0);
    session.setTimeout(PING_MS, () => probe(session));
    const connecting = session;
    const giveUp = () =>
      connecting.connecting &&
      connecting.destroy(new Error(`No connection to ${server} within ${CONNECT_MS / 1000} s`));
    session.socket?.setTimeout?.(CONNECT_MS, giveUp);
    this.#session = session;
    return session;
  }
}

/** A connection that is silent may be dead: ask, and drop it without an answer. */
function probe(session: ClientHttp2Session): void {
  if (session.closed || session.destroyed) return;
  let answered = false;
  session.ping((error) => (answered = !error));
  session.setTimeout(PING_WAIT_MS, () => {
    if (!answered) return session.destroy(new Error("The server did not answer a ping"));
    session.setTimeout(PING_MS, () => probe(session));
  });
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
  if (status >= 300) throw await failure(status, body, headers["retry-after"]);
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

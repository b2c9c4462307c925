import {
  connect,
  constants,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type OutgoingHttpHeaders,
  type SecureClientSessionOptions,
} from "node:http2";

/** As Go's client: with HTTP/2's own 64 KiB, a long list waits for the reader at every fortieth of its way. */
const STREAM_WINDOW_BYTES = 4 * 1024 * 1024;
const CONNECTION_WINDOW_BYTES = 1024 * 1024 * 1024;
const PING_MS = 30_000;
const PING_WAIT_MS = 15_000;
const CONNECT_MS = 10_000;
/** Until the server has said how many; the protocol wants no server to allow fewer. */
export const STREAMS_AT_FIRST = 100;

const { NGHTTP2_ENHANCE_YOUR_CALM } = constants;

export interface ConnectionTarget {
  /** "https://127.0.0.1:6443" */
  readonly server: string;
  readonly tls: SecureClientSessionOptions;
}

export interface StreamRequest {
  /** Made when it is sent: tokens are rotated while it waits. */
  readonly headers: () => OutgoingHttpHeaders;
  readonly endStream: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Why a connection takes no more requests: the server wants fewer, or it is lost, from whichever side. */
export type ConnectionEnd = "calm" | "lost";

/** One HTTP/2 connection. It takes requests until `onEnd` is called, once; streams that it has may go on after that. */
export class Connection {
  readonly #session: ClientHttp2Session;
  readonly #server: string;
  readonly #onEnd: (end: ConnectionEnd) => void;
  readonly #settled = Promise.withResolvers<void>();
  #maxStreams: number;
  #streams = 0;
  #isSettled = false;
  #ended = false;
  #pinging = false;

  /** `maxStreams`: how many requests it takes until the server has said how many. */
  constructor({ server, tls }: ConnectionTarget, maxStreams: number, onEnd: (end: ConnectionEnd) => void) {
    this.#maxStreams = maxStreams;
    this.#server = server;
    this.#onEnd = onEnd;
    const session = connect(server, { ...tls, settings: { initialWindowSize: STREAM_WINDOW_BYTES } });
    this.#session = session;
    session.setMaxListeners(0);
    session.once("connect", () => this.#connected());
    session.once("remoteSettings", ({ maxConcurrentStreams }) => this.#allow(maxConcurrentStreams));
    session.on("error", () => this.#end("lost"));
    session.on("goaway", (code) => this.#end(code === NGHTTP2_ENHANCE_YOUR_CALM ? "calm" : "lost"));
    session.on("close", () => this.#end("lost"));
    session.on("timeout", () => this.#onSilence());
    session.setTimeout(CONNECT_MS);
  }

  get session(): ClientHttp2Session {
    return this.#session;
  }

  /** Whether another request would be sent at once. */
  get hasRoom(): boolean {
    return this.#streams < this.#maxStreams;
  }

  get maxStreams(): number {
    return this.#maxStreams;
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** Resolves when it is known how many requests it takes, or that it takes none. */
  get settled(): Promise<void> {
    return this.#settled.promise;
  }

  request({ headers, endStream, signal }: StreamRequest): ClientHttp2Stream {
    // What is wrong with one request, such as a token that cannot be read, is not the connection's fault.
    const sent = headers();
    let stream: ClientHttp2Stream;
    try {
      stream = this.#session.request(sent, { endStream, ...(signal ? { signal } : {}) });
    } catch (error) {
      // Out of stream numbers, or closed and not yet told.
      this.#end("lost");
      throw error;
    }
    this.#streams++;
    stream.on("error", () => {});
    stream.once("close", () => this.#streamClosed(stream.rstCode));
    return stream;
  }

  /** Takes no more requests, and closes when its last stream has. Nobody is told: it is whoever calls this who ends it. */
  retire(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#settle();
    if (!this.#session.destroyed) this.#session.close();
  }

  destroy(): void {
    this.#end("lost");
    this.#session.destroy();
  }

  #settle(): void {
    this.#isSettled = true;
    this.#settled.resolve();
  }

  #connected(): void {
    this.#session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
    this.#session.setTimeout(PING_MS);
  }

  #allow(streams = Number.POSITIVE_INFINITY): void {
    this.#maxStreams = streams;
    this.#settle();
  }

  /** The server refuses what comes on this connection while it keeps the connection: the next request needs another. */
  #streamClosed(code: number | undefined): void {
    this.#streams--;
    if (code === NGHTTP2_ENHANCE_YOUR_CALM) this.#end("calm");
  }

  #end(end: ConnectionEnd): void {
    if (this.#ended) return;
    this.retire();
    this.#onEnd(end);
  }

  /** A connection that is silent may be dead: ask, and drop it without an answer. */
  #onSilence(): void {
    const session = this.#session;
    if (session.destroyed) return;
    if (session.connecting)
      return session.destroy(new Error(`No connection to ${this.#server} within ${CONNECT_MS / 1000} s`));
    if (this.#pinging) return session.destroy(new Error("The server did not answer a ping"));
    this.#pinging = true;
    session.setTimeout(PING_WAIT_MS);
    session.ping((error) => {
      if (error) return;
      this.#pinging = false;
      session.setTimeout(PING_MS);
    });
  }
}

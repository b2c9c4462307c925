import type { ClientHttp2Session, ClientHttp2Stream } from "node:http2";
import { newServiceUnavailable } from "@dingi/apimachinery";
import type { Clock, Random } from "@dingi/base";
import { Backoff } from "../backoff.ts";
import {
  Connection,
  STREAMS_AT_FIRST,
  type ConnectionEnd,
  type ConnectionTarget,
  type StreamRequest,
} from "./connection.ts";

interface ConnectionsOptions extends ConnectionTarget {
  readonly clock: Clock;
  readonly random: Random;
}

interface Sent {
  readonly stream: ClientHttp2Stream;
  readonly session: ClientHttp2Session;
}

const MIN_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 5000;
/** Who is asked for less does not come back at once. */
const MIN_CALM_MS = 1000;
/** A connection that held as long was a good one. */
const GOOD_MS = 30_000;
/** Those included that take no requests any more, because somebody watches on them. */
const MAX_CONNECTIONS = 16;
/** Requests that wait for a connection. */
const MAX_WAITING = 1000;

/**
 * The connections to one server: one, as long as it has room for all requests. When one is lost, or the server refuses what
 * comes on it, the next is made after a while, which is longer each time; who asks meanwhile waits for it.
 */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #backoff: Backoff;
  /** All whose session is not closed, the oldest first. */
  readonly #held = new Set<Connection>();
  /** Those of them that take requests. */
  readonly #open = new Set<Connection>();
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  /** What the server last allowed on one. */
  #maxStreams = STREAMS_AT_FIRST;
  #tls: ConnectionTarget["tls"];
  #waiting = 0;
  #pause: Promise<void> | undefined;
  readonly #closing = new AbortController();

  constructor(options: ConnectionsOptions) {
    this.#options = options;
    this.#tls = options.tls;
    this.#backoff = new Backoff({ minMs: MIN_BACKOFF_MS, maxMs: MAX_BACKOFF_MS, random: options.random });
  }

  /** Sends a request on one that has room, new if need be. */
  async request(request: StreamRequest): Promise<Sent> {
    const { signal } = request;
    for (;;) {
      signal?.throwIfAborted();
      const chance = this.#nextChance(signal);
      // At once: room that was seen may be gone at the next step.
      if (!chance) return this.#send(request);
      if (this.#waiting >= MAX_WAITING) throw newServiceUnavailable("Too many requests wait for a connection");
      this.#waiting++;
      await chance.finally(() => this.#waiting--);
    }
  }

  /** Requests go on over connections that show other certificates; what has begun ends where it began. */
  renew(tls: ConnectionTarget["tls"]): void {
    this.#tls = tls;
    for (const connection of this.#open) connection.retire();
    this.#open.clear();
  }

  destroy(): void {
    this.#closing.abort(new Error("The client is closed"));
    for (const connection of this.#held) connection.destroy();
  }

  #send(request: StreamRequest): Sent {
    const connection = first(this.#open, ({ hasRoom }) => hasRoom) ?? this.#openOne();
    return { stream: connection.request(request), session: connection.session };
  }

  /** When it is worth looking again; undefined: a connection has room, or may be made now. */
  #nextChance(signal: AbortSignal | undefined): Promise<void> | undefined {
    const { clock } = this.#options;
    if (first(this.#open, ({ hasRoom }) => hasRoom)) return undefined;
    const unsettled = first(this.#open, ({ isSettled }) => !isSettled);
    if (unsettled) return unlessAborted(unsettled.settled, signal);
    const waitMs = this.#notBeforeMs - clock.monotonic();
    if (waitMs <= 0) return undefined;
    // One for all, so that all of them share the next connection, and learn what becomes of it.
    this.#pause ??= clock.sleep(waitMs, this.#closing.signal).finally(() => (this.#pause = undefined));
    return unlessAborted(this.#pause, signal);
  }

  #openOne(): Connection {
    this.#closing.signal.throwIfAborted();
    this.#dropOldest();
    const openedMs = this.#options.clock.monotonic();
    const target = { server: this.#options.server, tls: this.#tls };
    const connection = new Connection(target, this.#maxStreams, (end) => this.#ended(connection, end, openedMs));
    void connection.settled.then(() => (this.#maxStreams = connection.maxStreams));
    this.#open.add(connection);
    this.#held.add(connection);
    connection.session.once("close", () => this.#held.delete(connection));
    return connection;
  }

  /** Its watches begin anew on another. */
  #dropOldest(): void {
    if (this.#held.size < MAX_CONNECTIONS) return;
    const oldest = first(this.#held, (connection) => !this.#open.has(connection));
    if (!oldest) throw newServiceUnavailable(`All ${MAX_CONNECTIONS} connections to the API server are in use`);
    this.#held.delete(oldest);
    oldest.destroy();
  }

  #ended(connection: Connection, end: ConnectionEnd, openedMs: number): void {
    this.#open.delete(connection);
    const nowMs = this.#options.clock.monotonic();
    if (nowMs - openedMs >= GOOD_MS) this.#backoff.reset();
    else this.#notBeforeMs = nowMs + this.#backoff.next();
    if (end === "calm") this.#notBeforeMs = Math.max(this.#notBeforeMs, nowMs + MIN_CALM_MS);
  }
}

/** Leaves nothing at the signal, which may live as long as the program. */
async function unlessAborted(promise: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (!signal) return await promise;
  const { promise: gone, reject } = Promise.withResolvers<void>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    await Promise.race([promise, gone]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function first<T>(all: Iterable<T>, matches: (one: T) => boolean): T | undefined {
  for (const one of all) if (matches(one)) return one;
  return undefined;
}

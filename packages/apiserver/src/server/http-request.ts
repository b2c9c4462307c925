import type { IncomingHttpHeaders } from "node:http";
import type { Duplex, Readable } from "node:stream";
import { newRequestEntityTooLarge, StatusError, type ApiRequest, type Peer } from "@dingi/apimachinery";

export interface HttpRequestParts {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readable | undefined;
  readonly peer: Peer;
  /** Calls back once when the client goes away before it was answered; at once if it already has. */
  readonly onGone: (callback: () => void) => void;
  /** Calls back when the body's sender has been silent for too long. */
  readonly onStalled?: (callback: () => void) => void;
  readonly upgrade?: () => Duplex;
}

/** What comes over HTTP/1.1 or HTTP/2; what a handler does not ask for is not computed. */
export class HttpRequest implements ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly peer: Peer;
  readonly upgrade?: () => Duplex;
  readonly readBody?: (limit: number) => Promise<Uint8Array>;
  readonly #search: string;
  readonly #parts: HttpRequestParts;
  #query: URLSearchParams | undefined;
  #abort: AbortController | undefined;

  constructor(parts: HttpRequestParts) {
    this.#parts = parts;
    const mark = parts.url.indexOf("?");
    this.method = parts.method;
    this.path = mark < 0 ? parts.url : parts.url.slice(0, mark);
    this.#search = mark < 0 ? "" : parts.url.slice(mark + 1);
    this.headers = parts.headers as Record<string, string | undefined>;
    this.peer = parts.peer;
    if (parts.upgrade) this.upgrade = parts.upgrade;
    const { body, onStalled } = parts;
    if (body) this.readBody = (limit) => readAll(body, limit, onStalled);
  }

  get query(): URLSearchParams {
    if (this.#search === "") return NO_QUERY;
    return (this.#query ??= new URLSearchParams(this.#search));
  }

  get bodyStream(): AsyncIterable<Uint8Array> {
    return this.#parts.body ?? EMPTY;
  }

  get signal(): AbortSignal {
    if (this.#abort) return this.#abort.signal;
    const abort = (this.#abort = new AbortController());
    this.#parts.onGone(() => abort.abort(new Error("The client went away")));
    return abort.signal;
  }
}

const NOTHING = new Uint8Array();

/** Requests are read-only, so those without a query share one. */
const NO_QUERY = new URLSearchParams();

const EMPTY: AsyncIterable<Uint8Array> = {
  // eslint-disable-next-line require-yield
  async *[Symbol.asyncIterator]() {},
};

/** Upstream: apiserver/pkg/server/filters/timeout.go */
function newTimeoutError(): StatusError {
  return StatusError.make(504, "Timeout", "Timeout: request did not complete within the allotted timeout", {});
}

/** Listens for the chunks: for a body of one chunk an iterator costs more than the body. */
function readAll(body: Readable, limit: number, onStalled: HttpRequestParts["onStalled"]): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const goneAway = () => reject(new Error("The client went away before its request had arrived"));
  // An empty body may have ended before anybody asked for it.
  if (body.readableEnded) resolve(NOTHING);
  else if (body.destroyed) goneAway();
  const chunks: Uint8Array[] = [];
  let length = 0;
  const giveUp = (error: StatusError) => {
    body.off("data", take);
    // The rest is let through unread, so that the client, who is still sending, gets to read the answer.
    body.resume();
    reject(error);
  };
  const take = (chunk: Uint8Array) => {
    length += chunk.length;
    if (length <= limit) chunks.push(chunk);
    else giveUp(newRequestEntityTooLarge(`limit is ${limit}`));
  };
  body.on("data", take);
  body.once("end", () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length)));
  body.once("error", reject);
  onStalled?.(() => giveUp(newTimeoutError()));
  body.once("close", goneAway);
  return promise;
}

import type { IncomingHttpHeaders } from "node:http";
import type { Duplex, Readable } from "node:stream";
import { newRequestEntityTooLarge, type ApiRequest, type Peer } from "@dingi/apimachinery";
import { BodyChunks } from "./body-chunks.ts";

interface HttpRequestParts {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readable | undefined;
  readonly peer: Peer;
  /** Calls back once when the client goes away before it was answered; at once if it already has. */
  readonly onGone: (callback: () => void) => void;
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
  readonly receiveBody?: (limit: number, onBytes: (bytes: number) => void) => Promise<void>;
  readonly #search: string;
  readonly #parts: HttpRequestParts;
  #query: URLSearchParams | undefined;
  #abort: AbortController | undefined;
  #given: Error | undefined;
  #reading: BodyReading | undefined;

  constructor(parts: HttpRequestParts) {
    this.#parts = parts;
    const mark = parts.url.indexOf("?");
    this.method = parts.method;
    this.path = mark < 0 ? parts.url : parts.url.slice(0, mark);
    this.#search = mark < 0 ? "" : parts.url.slice(mark + 1);
    this.headers = parts.headers as Record<string, string | undefined>;
    this.peer = parts.peer;
    if (parts.upgrade) this.upgrade = parts.upgrade;
    const { body } = parts;
    if (!body) return;
    const read = (limit: number, onBytes?: (bytes: number) => void) =>
      (this.#reading ??= new BodyReading(body, limit, onBytes)).done;
    this.readBody = (limit) => read(limit);
    this.receiveBody = async (limit, onBytes) => void (await read(limit, onBytes));
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
    if (this.#given) abort.abort(this.#given);
    else this.#parts.onGone(() => abort.abort(new Error("The client went away")));
    return abort.signal;
  }

  giveUp(reason: Error): void {
    this.#given ??= reason;
    this.#abort?.abort(reason);
    this.#reading?.giveUp(reason);
  }
}

const NOTHING = new Uint8Array();

/** Requests are read-only, so those without a query share one. */
const NO_QUERY = new URLSearchParams();

const EMPTY: AsyncIterable<Uint8Array> = {
  // eslint-disable-next-line require-yield
  async *[Symbol.asyncIterator]() {},
};

/** Listens for the chunks: for a body of one chunk an iterator costs more than the body. */
class BodyReading {
  readonly done: Promise<Uint8Array>;
  readonly #body: Readable;
  readonly #limit: number;
  readonly #onBytes: ((bytes: number) => void) | undefined;
  readonly #reject: (reason: Error) => void;
  readonly #chunks = new BodyChunks();

  constructor(body: Readable, limit: number, onBytes: ((bytes: number) => void) | undefined) {
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    this.done = promise;
    this.#body = body;
    this.#limit = limit;
    this.#onBytes = onBytes;
    this.#reject = reject;
    const goneAway = () => reject(new Error("The client went away before its request had arrived"));
    // An empty body may have ended before anybody asked for it.
    if (body.readableEnded) resolve(NOTHING);
    else if (body.destroyed) goneAway();
    body.on("data", this.#take);
    body.once("end", () => resolve(this.#chunks.whole()));
    body.once("error", reject);
    body.once("close", goneAway);
  }

  /** The rest is let through unread, so that the client, who is still sending, gets to read the answer. */
  giveUp(reason: Error): void {
    this.#body.off("data", this.#take);
    this.#chunks.clear();
    this.#body.resume();
    this.#reject(reason);
  }

  readonly #take = (chunk: Uint8Array): void => {
    if (this.#chunks.length + chunk.length > this.#limit)
      return this.giveUp(newRequestEntityTooLarge(`limit is ${this.#limit}`));
    try {
      this.#onBytes?.(chunk.length);
      this.#chunks.push(chunk);
    } catch (error) {
      this.giveUp(error as Error);
    }
  };
}

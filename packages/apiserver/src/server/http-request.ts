import type { IncomingHttpHeaders } from "node:http";
import type { Duplex, Readable } from "node:stream";
import { newRequestEntityTooLarge, type ApiRequest, type Peer } from "@dingi/apimachinery";

export interface HttpRequestParts {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readable | undefined;
  readonly peer: Peer;
  /** Calls back when the client goes away before it was answered. */
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
  readonly #search: string;
  readonly #parts: HttpRequestParts;
  #query: URLSearchParams | undefined;
  #abort: AbortController | undefined;
  #gone = false;

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
    if (body) this.readBody = (limit) => readAll(body, limit);
    parts.onGone(() => {
      this.#gone = true;
      this.#abort?.abort(new Error("The client went away"));
    });
  }

  get query(): URLSearchParams {
    return (this.#query ??= new URLSearchParams(this.#search));
  }

  get bodyStream(): AsyncIterable<Uint8Array> {
    return this.#parts.body ?? EMPTY;
  }

  get signal(): AbortSignal {
    if (!this.#abort) {
      this.#abort = new AbortController();
      if (this.#gone) this.#abort.abort(new Error("The client went away"));
    }
    return this.#abort.signal;
  }
}

const EMPTY: AsyncIterable<Uint8Array> = {
  // eslint-disable-next-line require-yield
  async *[Symbol.asyncIterator]() {},
};

async function readAll(body: Readable, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > limit) throw newRequestEntityTooLarge(`limit is ${limit}`);
    chunks.push(chunk);
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length);
}

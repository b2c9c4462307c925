import {
  copyBySchema,
  encodeJson,
  StatusError,
  type ApiHandler,
  type ApiRequest,
  type ApiResponse,
  type StatusReason,
  type StructSchema,
  type V1Status,
  type WatchEvent,
} from "@dingi/apimachinery";
import type { StreamResponse, Transport, TransportRequest } from "./transport.ts";

export interface InProcessOptions {
  readonly handler: ApiHandler;
  /** What the API server issued for this client's identity. */
  readonly capability: object;
  /** As a client over HTTPS would name itself; decides the field manager. */
  readonly userAgent: string;
  /** Finds the schema that what is written is copied by. */
  readonly schemaOf: (path: string) => StructSchema | undefined;
}

/** Calls the API server in the same process. Reads are the cache's own objects; writes are copied once. */
export class InProcessTransport implements Transport {
  readonly #options: InProcessOptions;

  constructor(options: InProcessOptions) {
    this.#options = options;
  }

  async request(request: TransportRequest): Promise<unknown> {
    return (await checked(await this.#call(request, true))).object;
  }

  async *watch(request: TransportRequest): AsyncIterable<readonly WatchEvent[]> {
    const { events } = await checked(await this.#call(request, true));
    if (events) yield* events;
  }

  async stream(request: TransportRequest): Promise<StreamResponse> {
    const response = await this.#call(request, false);
    const body = bodyOf(response);
    if (isRefused(response.status)) throw await failure(response.status, body);
    const headers = response.headers as Record<string, string | undefined>;
    return { status: response.status, headers, body, [Symbol.asyncDispose]: () => Promise.resolve() };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  #call(request: TransportRequest, wantsObjects: boolean): Promise<ApiResponse> {
    const { capability, userAgent, handler } = this.#options;
    const { contentType = "application/json", accept = "application/json" } = request;
    const apiRequest: ApiRequest = {
      method: request.method,
      path: request.path,
      query: request.query,
      headers: { ...request.headers, "user-agent": userAgent, "content-type": contentType, accept },
      peer: { address: "", capability },
      signal: request.signal ?? NEVER,
      wantsObjects,
      ...(request.body === undefined ? {} : { object: this.#copy(request) }),
    };
    return handler.handle(apiRequest);
  }

  #copy(request: TransportRequest): unknown {
    const schema = request.contentType === undefined ? this.#options.schemaOf(request.path) : undefined;
    return schema ? withType(request.body, copyBySchema(schema, request.body)) : JSON.parse(encodeJson(request.body));
  }
}

const NEVER = new AbortController().signal;

/** The schema of a kind does not name apiVersion and kind. */
function withType(from: unknown, copy: unknown): unknown {
  const { apiVersion, kind } = from as { apiVersion?: string; kind?: string };
  return {
    ...(apiVersion === undefined ? {} : { apiVersion }),
    ...(kind === undefined ? {} : { kind }),
    ...(copy as object),
  };
}

/** Only who has a copy is told that it is as it was. */
export const isRefused = (status: number): boolean => status >= 300 && status !== 304;

async function checked(response: ApiResponse): Promise<ApiResponse> {
  const { status, object } = response;
  if (status < 300) return response;
  // What no router has seen is answered with a text, whoever asks.
  throw object === undefined ? await failure(status, bodyOf(response)) : new StatusError(object as V1Status);
}

function bodyOf({ body }: ApiResponse): AsyncIterable<Uint8Array> {
  return body instanceof Uint8Array ? one(body) : (body ?? one(new Uint8Array()));
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}

/** What plain texts mean that come in place of a Status. */
const REASONS: Readonly<Record<number, StatusReason>> = {
  401: "Unauthorized",
  404: "NotFound",
  429: "TooManyRequests",
  503: "ServiceUnavailable",
};

/**
 * The error behind an answer that is not 2xx: its Status, or a plain text made into one.
 *
 * @param retryAfter The header of this name, in seconds.
 */
export async function failure(
  status: number,
  body: AsyncIterable<Uint8Array>,
  retryAfter?: string,
): Promise<StatusError> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  const parsed = parseStatus(text);
  if (parsed) return new StatusError(parsed);
  const message = text.trim() || `The server answered with status ${status}`;
  const details = /^\d+$/.test(retryAfter ?? "") ? { retryAfterSeconds: Number(retryAfter) } : undefined;
  return StatusError.make(status, REASONS[status] ?? "UnknownError", message, details);
}

function parseStatus(text: string): V1Status | undefined {
  try {
    const value = JSON.parse(text) as V1Status;
    return value.kind === "Status" ? value : undefined;
  } catch {
    return undefined;
  }
}

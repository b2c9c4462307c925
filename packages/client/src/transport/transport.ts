import type { WatchEvent } from "@dingi/apimachinery";

export interface TransportRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly query: URLSearchParams;
  /** Sent as JSON over HTTPS; handed over as a private copy in process. */
  readonly body?: unknown;
  /** "application/json" when absent. */
  readonly contentType?: string;
  readonly accept?: string;
  /** Further headers, in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface StreamResponse extends AsyncDisposable {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: AsyncIterable<Uint8Array>;
}

/** How a client reaches an API server. Failures are thrown as StatusError, or as the network's own error. */
export interface Transport extends AsyncDisposable {
  /** The decoded answer. */
  request(request: TransportRequest): Promise<unknown>;
  /** Arrays of events as they come; ends when the server ends the watch. Throws StatusError for a refusal. */
  watch(request: TransportRequest): AsyncIterable<readonly WatchEvent[]>;
  /**
   * An answer that is not an object: logs, health, metrics, OpenAPI. Throws StatusError unless the status is 2xx, or 304 in
   * answer to `if-none-match`.
   */
  stream(request: TransportRequest): Promise<StreamResponse>;
}

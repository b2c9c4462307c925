import type { Duplex } from "node:stream";
import type { KubeObject } from "../meta/object.ts";

/** Where HTTP and in-process requests both end, before authentication. */
export interface ApiHandler {
  /** Never throws for a bad request: the response carries the Status. */
  handle(request: ApiRequest): Promise<ApiResponse>;
}

/** Who is at the other end, as far as the transport can vouch for it. */
export interface Peer {
  /** Empty in process. */
  readonly address: string;
  /** The certificate that the client has shown, if any. */
  readonly certificate?: PeerCertificate;
  /** An object that only the holder has: what an in-process client was given instead of a certificate. */
  readonly capability?: object;
}

export interface PeerCertificate {
  readonly commonName: string;
  readonly organizations: readonly string[];
  /** The uid attribute, when the subject carries one. */
  readonly uid?: string;
  /** Hex, without colons. */
  readonly fingerprint256: string;
  readonly notAfterMs: number;
  /** Why it could not be verified against the client CA: whoever shows it is refused. */
  readonly rejected?: string;
}

export interface ApiRequest {
  readonly method: string;
  /** The path as sent, percent-encoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Lower-case names; values that came more than once are joined with ", ". */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly peer: Peer;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
  /** Reads the whole body; throws StatusError 413 beyond `limit` bytes. Absent when there is none. */
  readonly readBody?: (limit: number) => Promise<Uint8Array>;
  /**
   * Takes the whole body in, so that reading it later does not wait. Throws StatusError 413 beyond `limit` bytes, and
   * whatever `onBytes` throws, which is told of each piece. Absent when there is no body, or it comes whole.
   */
  readonly receiveBody?: (limit: number, onBytes: (bytes: number) => void) => Promise<void>;
  /** Nobody waits for the request any more: aborts its signal and what still reads its body. */
  readonly giveUp?: (reason: Error) => void;
  /** The body as it arrives, for what is only passed on. */
  readonly bodyStream?: AsyncIterable<Uint8Array>;
  /** In process: the object written, already a private copy; takes the place of the body. */
  readonly object?: unknown;
  /** In process: answer with `object` or `events` in place of bytes. */
  readonly wantsObjects?: boolean;
  /** Present when the client asks for an upgrade: takes the connection over. The handler writes the 101 itself. */
  readonly upgrade?: () => Duplex;
}

export interface WatchEvent<T = KubeObject> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  /** The cache's own object: read-only. On ERROR a Status. */
  readonly object: T;
}

export interface ApiResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** A stream is pulled: a consumer that does not read holds it back; its `return` ends the work behind it. */
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
  /** In place of `body`, when the request wants objects. */
  readonly object?: unknown;
  readonly events?: AsyncIterable<readonly WatchEvent[]>;
  /** The connection was taken over by `upgrade`; nothing is to be written. */
  readonly upgraded?: true;
}

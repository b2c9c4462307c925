import { isIP } from "node:net";
import { checkServerIdentity, type PeerCertificate } from "node:tls";
import type {
  Client as GrpcClient,
  ClientDuplexStream,
  ClientReadableStream,
  Metadata,
  ServiceError,
} from "@grpc/grpc-js";
import type { Clock } from "@dingi/base";
import { codeOf, GrpcError } from "./grpc-error.ts";
import { decode, encode, type MessageType } from "./message.ts";

// Upstream: cri-client/pkg/remote_runtime.go#maxMsgSize
const MAX_RECEIVE_BYTES = 16 * 1024 * 1024;
const RECONNECT_OPTIONS = {
  "grpc.initial_reconnect_backoff_ms": 100,
  "grpc.min_reconnect_backoff_ms": 100,
  // A server nearby is back within a second of its restart; waiting longer delays pods for nothing.
  "grpc.max_reconnect_backoff_ms": 1000,
};

/** TLS takes no address for a server's name, and Node refuses it. */
const NAME_OF_ADDRESSES = "localhost";

export interface TlsOptions {
  /** PEM; the system's authorities when absent. */
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

interface ChannelOptions {
  /** "unix:///path" or "host:port". */
  readonly target: string;
  readonly clock: Clock;
  /** Absent: no TLS. */
  readonly tls?: TlsOptions;
  /** One message's; -1 is without limit. */
  readonly maxReceiveBytes?: number;
  /** A connection that does not answer a ping, sent this often, is given up; absent: no pings. */
  readonly keepaliveMs?: number;
  /** What callers get instead of a GrpcError. */
  readonly toError?: (error: GrpcError) => Error;
}

export interface Method<Response> {
  /** "/package.Service/Method". */
  readonly path: string;
  readonly request: MessageType;
  readonly response: MessageType;
  /** Makes the type known to callers; never set. */
  readonly $response?: Response;
}

interface UnaryOptions {
  readonly signal?: AbortSignal | undefined;
  /** Real time, enforced on both ends; undefined waits for ever. */
  readonly timeoutMs: number | undefined;
}

export interface ExchangeOptions<Response> {
  readonly signal: AbortSignal;
  readonly onMessage: (message: Response) => void;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A call whose two sides send as they like. */
export interface Exchange {
  send(request: object): void;
  /** Rejects when the server ends the call, or with the signal's reason. */
  readonly ended: Promise<never>;
}

/** One connection to a server, made at the first call and again when lost. */
export class Channel {
  readonly #options: ChannelOptions;
  #client: Promise<GrpcClient> | undefined;
  #closed = false;

  constructor(options: ChannelOptions) {
    this.#options = options;
  }

  get target(): string {
    return this.#options.target;
  }

  async unary<Response>(method: Method<Response>, request: object, options: UnaryOptions): Promise<Response> {
    const { signal, timeoutMs } = options;
    signal?.throwIfAborted();
    const client = await this.#connect();
    signal?.throwIfAborted();
    const deadline = timeoutMs === undefined ? {} : { deadline: this.#options.clock.now() + timeoutMs };
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    const call = client.makeUnaryRequest(
      method.path,
      (value: object) => encode(method.request, value),
      (bytes: Buffer) => decode<Response>(method.response, bytes),
      request,
      deadline,
      (error, response) => (error ? reject(this.#explain(error, method.path)) : resolve(response!)),
    );
    const onAbort = () => {
      call.cancel();
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    return promise.finally(() => signal?.removeEventListener("abort", onAbort));
  }

  /** Calls `onMessage` for each message until the server ends the stream (rejects) or `signal` aborts (rejects with its reason). */
  async stream<Response>(
    method: Method<Response>,
    request: object,
    options: { readonly signal: AbortSignal; readonly onMessage: (message: Response) => void },
  ): Promise<never> {
    const { signal } = options;
    signal.throwIfAborted();
    const client = await this.#connect();
    signal.throwIfAborted();
    const call: ClientReadableStream<Response> = client.makeServerStreamRequest(
      method.path,
      (value: object) => encode(method.request, value),
      (bytes: Buffer) => decode<Response>(method.response, bytes),
      request,
    );
    return await this.#follow(call, method.path, options);
  }

  /** As `stream`, with requests that follow one another. */
  async exchange<Response>(method: Method<Response>, options: ExchangeOptions<Response>): Promise<Exchange> {
    const { signal, metadata } = options;
    signal.throwIfAborted();
    const [client, headers] = await Promise.all([this.#connect(), metadataOf(metadata)]);
    signal.throwIfAborted();
    const call: ClientDuplexStream<object, Response> = client.makeBidiStreamRequest(
      method.path,
      (value: object) => encode(method.request, value),
      (bytes: Buffer) => decode<Response>(method.response, bytes),
      headers,
    );
    const ended = this.#follow(call, method.path, options);
    // Whoever does not look at it learns of the end by what is missing.
    ended.catch(() => {});
    return { send: (request) => void call.write(request), ended };
  }

  /** Connects, so that a call can be sent: false when that takes longer. Real time. */
  async isReady(timeoutMs: number): Promise<boolean> {
    const client = await this.#connect();
    const deadline = this.#options.clock.now() + timeoutMs;
    return await new Promise((resolve) => client.waitForReady(deadline, (error) => resolve(error === undefined)));
  }

  async close(): Promise<void> {
    this.#closed = true;
    const client = await this.#client;
    client?.close();
  }

  #follow<Response>(
    call: ClientReadableStream<Response> | ClientDuplexStream<object, Response>,
    path: string,
    { signal, onMessage }: { readonly signal: AbortSignal; readonly onMessage: (message: Response) => void },
  ): Promise<never> {
    const onAbort = () => call.cancel();
    signal.addEventListener("abort", onAbort, { once: true });
    const { promise, reject } = Promise.withResolvers<never>();
    call.on("data", onMessage);
    call.on("error", (error: ServiceError) => reject(signal.aborted ? signal.reason : this.#explain(error, path)));
    call.on("end", () => reject(this.#asCallers(new GrpcError("Unavailable", `"${this.target}" ended "${path}"`))));
    return promise.finally(() => signal.removeEventListener("abort", onAbort));
  }

  async #connect(): Promise<GrpcClient> {
    if (this.#closed) {
      throw this.#asCallers(new GrpcError("Canceled", `The connection to "${this.target}" is closed`));
    }
    this.#client ??= this.#open();
    return this.#client;
  }

  /** Loaded at the first use: who never calls never pays for it. */
  async #open(): Promise<GrpcClient> {
    const { credentials, Client } = await import("@grpc/grpc-js");
    const { target, tls, maxReceiveBytes = MAX_RECEIVE_BYTES, keepaliveMs } = this.#options;
    const ip = tls && ipOf(target);
    // The override is an address's stand-in, so the address itself is what is checked.
    const verify =
      ip === undefined
        ? {}
        : { checkServerIdentity: (_: string, peer: PeerCertificate) => checkServerIdentity(ip, peer) };
    const secure = tls
      ? credentials.createSsl(tls.ca ?? null, tls.key ?? null, tls.cert ?? null, verify)
      : credentials.createInsecure();
    return new Client(target, secure, {
      ...(ip !== undefined && { "grpc.ssl_target_name_override": NAME_OF_ADDRESSES }),
      "grpc.max_receive_message_length": maxReceiveBytes,
      ...RECONNECT_OPTIONS,
      ...(keepaliveMs !== undefined && {
        "grpc.keepalive_time_ms": keepaliveMs,
        "grpc.keepalive_timeout_ms": keepaliveMs,
      }),
    });
  }

  #explain(error: ServiceError, path: string): Error {
    const message = error.details === "" ? `"${path}" failed` : error.details;
    return this.#asCallers(new GrpcError(codeOf(error.code), message));
  }

  #asCallers(error: GrpcError): Error {
    return this.#options.toError?.(error) ?? error;
  }
}

function ipOf(target: string): string | undefined {
  const host = target.slice(0, target.lastIndexOf(":")).replace(/^\[|\]$/g, "");
  return isIP(host) === 0 ? undefined : host;
}

async function metadataOf(entries: Readonly<Record<string, string>> = {}): Promise<Metadata> {
  const { Metadata: Entries } = await import("@grpc/grpc-js");
  const metadata = new Entries();
  for (const [name, value] of Object.entries(entries)) metadata.set(name, value);
  return metadata;
}

import type { Client as GrpcClient, ClientReadableStream, ServiceError } from "@grpc/grpc-js";
import type { Clock } from "@dingi/base";
import { decode, encode, type MessageType } from "../protobuf/message.ts";
import { RuntimeError, type RuntimeErrorCode } from "../runtime-error.ts";

/** gRPC's status codes in the order of their numbers, from 1. */
const CODES: readonly RuntimeErrorCode[] = [
  "Canceled",
  "Unknown",
  "InvalidArgument",
  "DeadlineExceeded",
  "NotFound",
  "AlreadyExists",
  "PermissionDenied",
  "ResourceExhausted",
  "FailedPrecondition",
  "Aborted",
  "OutOfRange",
  "Unimplemented",
  "Internal",
  "Unavailable",
  "DataLoss",
  "Unauthenticated",
];

const CHANNEL_OPTIONS = {
  // Upstream: cri-client/pkg/remote_runtime.go#maxMsgSize
  "grpc.max_receive_message_length": 16 * 1024 * 1024,
  "grpc.initial_reconnect_backoff_ms": 100,
  "grpc.min_reconnect_backoff_ms": 100,
  // A runtime on the same machine is back within a second of its restart; waiting longer delays pods for nothing.
  "grpc.max_reconnect_backoff_ms": 1000,
};

export interface ChannelOptions {
  /** Path of the runtime's unix socket. */
  readonly socket: string;
  readonly clock: Clock;
}

export interface Method<Response> {
  /** "/package.Service/Method". */
  readonly path: string;
  readonly request: MessageType;
  readonly response: MessageType;
  /** Makes the type known to callers; never set. */
  readonly $response?: Response;
}

export interface UnaryOptions {
  readonly signal?: AbortSignal | undefined;
  /** Real time, enforced on both ends; undefined waits for ever. */
  readonly timeoutMs: number | undefined;
}

/** One connection to a runtime's socket, made at the first call and again when lost. */
export class Channel {
  readonly socket: string;
  readonly #clock: Clock;
  #client: Promise<GrpcClient> | undefined;
  #closed = false;

  constructor(options: ChannelOptions) {
    this.socket = options.socket;
    this.#clock = options.clock;
  }

  async unary<Response>(method: Method<Response>, request: object, options: UnaryOptions): Promise<Response> {
    const { signal, timeoutMs } = options;
    signal?.throwIfAborted();
    const client = await this.#connect();
    signal?.throwIfAborted();
    const deadline = timeoutMs === undefined ? {} : { deadline: this.#clock.now() + timeoutMs };
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    const call = client.makeUnaryRequest(
      method.path,
      (value: object) => encode(method.request, value),
      (bytes: Buffer) => decode<Response>(method.response, bytes),
      request,
      deadline,
      (error, response) => (error ? reject(this.#asRuntimeError(error, method.path)) : resolve(response!)),
    );
    const onAbort = () => {
      call.cancel();
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    return promise.finally(() => signal?.removeEventListener("abort", onAbort));
  }

  /** Calls `onMessage` for each message until the runtime ends the stream (rejects) or `signal` aborts (rejects with its reason). */
  async stream<Response>(
    method: Method<Response>,
    request: object,
    options: { readonly signal: AbortSignal; readonly onMessage: (message: Response) => void },
  ): Promise<never> {
    const { signal, onMessage } = options;
    signal.throwIfAborted();
    const client = await this.#connect();
    signal.throwIfAborted();
    const call: ClientReadableStream<Response> = client.makeServerStreamRequest(
      method.path,
      (value: object) => encode(method.request, value),
      (bytes: Buffer) => decode<Response>(method.response, bytes),
      request,
    );
    const onAbort = () => call.cancel();
    signal.addEventListener("abort", onAbort, { once: true });
    const { promise, reject } = Promise.withResolvers<never>();
    call.on("data", onMessage);
    call.on("error", (error: ServiceError) =>
      reject(signal.aborted ? signal.reason : this.#asRuntimeError(error, method.path)),
    );
    call.on("end", () =>
      reject(new RuntimeError("Unavailable", `The runtime at "${this.socket}" ended "${method.path}"`)),
    );
    return promise.finally(() => signal.removeEventListener("abort", onAbort));
  }

  async close(): Promise<void> {
    this.#closed = true;
    const client = await this.#client;
    client?.close();
  }

  async #connect(): Promise<GrpcClient> {
    if (this.#closed) throw new RuntimeError("Canceled", `The connection to the runtime at "${this.socket}" is closed`);
    this.#client ??= this.#open();
    return this.#client;
  }

  /** Loaded at the first use: an agent with a simulated runtime never pays for it. */
  async #open(): Promise<GrpcClient> {
    const grpc = await import("@grpc/grpc-js");
    return new grpc.Client(`unix://${this.socket}`, grpc.credentials.createInsecure(), CHANNEL_OPTIONS);
  }

  #asRuntimeError(error: ServiceError, path: string): RuntimeError {
    const code = CODES[error.code - 1] ?? "Unknown";
    if (code === "Unavailable") {
      return new RuntimeError(code, `The container runtime at "${this.socket}" does not answer; is it running?`, {
        cause: error,
      });
    }
    return new RuntimeError(code, error.details === "" ? `"${path}" failed` : error.details, { cause: error });
  }
}

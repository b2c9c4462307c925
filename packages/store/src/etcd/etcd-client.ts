import { readFile } from "node:fs/promises";
import type { Clock } from "@dingi/base";
import { Channel, GrpcError, type Exchange, type ExchangeOptions, type Method, type TlsOptions } from "@dingi/grpc";
import { StoreUnavailableError } from "../errors.ts";
import { STATUS } from "./messages.ts";
import { Slots } from "./slots.ts";

/** How long a call may take, connecting and repeating included. */
const CALL_MS = 10_000;
/** How long one server may take to accept a connection before the next is tried. */
const CONNECT_MS = 2_000;
const RETRY_MS = 100;
/** Writes on their way; a burst of more would outlast its own deadlines. */
const WRITES_AT_ONCE = 128;
/** Upstream: apiserver/pkg/storage/storagebackend/factory/etcd3.go#keepaliveTime */
const KEEPALIVE_MS = 30_000;

export interface EtcdClientOptions {
  /** "https://host:port"; any of them may answer. */
  readonly servers: readonly string[];
  /** Paths of PEM files. */
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly clock: Clock;
}

/** etcd's answer, not its absence: nothing was done, and another server would say the same. */
const REFUSALS: ReadonlySet<GrpcError["code"]> = new Set([
  "InvalidArgument",
  "PermissionDenied",
  "ResourceExhausted",
  "FailedPrecondition",
  "Unimplemented",
  "Unauthenticated",
]);
/** Refusals that mean something to who asked: a lease that is gone, a revision that is not there. */
const ANSWERS: ReadonlySet<GrpcError["code"]> = new Set(["NotFound", "OutOfRange"]);

/** Several servers of one etcd. A call goes to the one that answered last, and to the next when that one does not. */
export class EtcdClient implements AsyncDisposable {
  readonly #channels: readonly Channel[];
  readonly #clock: Clock;
  readonly #writes = new Slots(WRITES_AT_ONCE);
  #current = 0;

  constructor(channels: readonly Channel[], clock: Clock) {
    this.#channels = channels;
    this.#clock = clock;
  }

  static async open(options: EtcdClientOptions): Promise<EtcdClient> {
    const { servers, clock } = options;
    if (servers.length === 0) throw new Error("No etcd is named: give --etcd-servers, such as https://10.0.0.1:2379");
    const tls = await readTls(options);
    const channels = servers.map((server) => {
      const { secure, target } = parseServer(server);
      return new Channel({
        target,
        clock,
        maxReceiveBytes: -1,
        keepaliveMs: KEEPALIVE_MS,
        ...(secure && { tls }),
      });
    });
    return new EtcdClient(channels, clock);
  }

  get clock(): Clock {
    return this.#clock;
  }

  get servers(): string {
    return this.#channels.map(({ target }) => target).join('", "');
  }

  /** For what may be repeated: goes on with other servers until one answers. Throws GrpcError for NotFound and OutOfRange. */
  async read<Response>(method: Method<Response>, request: object, signal?: AbortSignal): Promise<Response> {
    const end = this.#clock.monotonic() + CALL_MS;
    for (;;) {
      const channel = await this.#ready(end, signal);
      try {
        return await this.#send(channel, { method, request, end, signal });
      } catch (error) {
        if (!isSilence(error)) throw error;
        if (this.#clock.monotonic() + RETRY_MS >= end) throw this.#unreachable(error, "nothing was read");
      }
      await this.#clock.sleep(RETRY_MS, signal);
    }
  }

  /** For what must not be repeated: it is sent once, when a server is there to take it. Throws GrpcError for NotFound and OutOfRange. */
  write<Response>(method: Method<Response>, request: object): Promise<Response> {
    return this.#writes.run(() => this.#write(method, request));
  }

  /** A stream to a server that knows its leader; when it ends, the next one goes to another server. */
  async exchange<Response>(method: Method<Response>, options: ExchangeOptions<Response>): Promise<Exchange> {
    const channel = await this.#ready(this.#clock.monotonic() + CALL_MS, options.signal);
    // Upstream: etcd/client/v3/ctx.go#WithRequireLeader
    const exchange = await channel.exchange(method, { ...options, metadata: { hasleader: "true" } });
    exchange.ended.catch(() => this.#avoid(channel));
    return exchange;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#channels.map((channel) => channel.close()));
  }

  async #write<Response>(method: Method<Response>, request: object): Promise<Response> {
    const end = this.#clock.monotonic() + CALL_MS;
    const channel = await this.#ready(end);
    try {
      return await this.#send(channel, { method, request, end });
    } catch (error) {
      if (!isSilence(error)) throw error;
      throw this.#unreachable(error, "whether the write was done is not known");
    }
  }

  async #send<Response>(channel: Channel, call: Call<Response>): Promise<Response> {
    const timeoutMs = Math.max(1, call.end - this.#clock.monotonic());
    try {
      return await channel.unary(call.method, call.request, { signal: call.signal, timeoutMs });
    } catch (error) {
      if (isSilence(error)) this.#avoid(channel);
      else if (error instanceof GrpcError && REFUSALS.has(error.code)) throw this.#refused(error);
      throw error;
    }
  }

  /** A server that is connected, so that a call that fails before was certainly not sent. */
  async #ready(end: number, signal?: AbortSignal): Promise<Channel> {
    for (;;) {
      signal?.throwIfAborted();
      const channel = this.#channels[this.#current]!;
      const leftMs = end - this.#clock.monotonic();
      if (await channel.isReady(Math.max(1, Math.min(CONNECT_MS, leftMs)))) return channel;
      if (this.#clock.monotonic() + RETRY_MS >= end) {
        throw this.#unreachable(await this.#whyNotReady(channel), "nothing was sent");
      }
      this.#avoid(channel);
    }
  }

  /** A call on a connection that cannot be made fails with the reason. */
  async #whyNotReady(channel: Channel): Promise<GrpcError | undefined> {
    try {
      await channel.unary(STATUS, {}, { timeoutMs: RETRY_MS });
      return undefined;
    } catch (error) {
      return error instanceof GrpcError ? error : undefined;
    }
  }

  #avoid(channel: Channel): void {
    if (this.#channels[this.#current] === channel) this.#current = (this.#current + 1) % this.#channels.length;
  }

  #refused(cause: GrpcError): StoreUnavailableError {
    return new StoreUnavailableError("Refused", `The etcd at "${this.servers}" refused: ${cause.message}`, { cause });
  }

  #unreachable(cause: GrpcError | undefined, outcome: string): StoreUnavailableError {
    return new StoreUnavailableError(
      "Unreachable",
      `The etcd at "${this.servers}" did not answer, ${outcome}; check that it runs, has a leader, and that its certificates fit`,
      { cause },
    );
  }
}

function isSilence(error: unknown): error is GrpcError {
  return error instanceof GrpcError && !REFUSALS.has(error.code) && !ANSWERS.has(error.code);
}

interface Call<Response> {
  readonly method: Method<Response>;
  readonly request: object;
  /** Of the monotonic clock. */
  readonly end: number;
  readonly signal?: AbortSignal | undefined;
}

/** Throws when it is no URL of an etcd. */
export function parseServer(server: string): { readonly secure: boolean; readonly target: string } {
  const url = URL.parse(server.includes("://") ? server : `http://${server}`);
  const plain = url?.protocol === "http:";
  if (!url || (!plain && url.protocol !== "https:") || url.pathname !== "/" || url.hostname === "") {
    throw new Error(`"${server}" is not an etcd's URL: write it as https://HOST:2379`);
  }
  return { secure: !plain, target: `${url.hostname}:${url.port || (plain ? "80" : "443")}` };
}

/** Throws when there is a certificate without its key, or the reverse. */
export function requireWholePair({ certFile, keyFile }: Pick<EtcdClientOptions, "certFile" | "keyFile">): void {
  if ((certFile === undefined) !== (keyFile === undefined))
    throw new Error("--etcd-certfile and --etcd-keyfile belong together: give both or none");
}

async function readTls(files: EtcdClientOptions): Promise<TlsOptions> {
  requireWholePair(files);
  const { caFile, certFile, keyFile } = files;
  const [ca, cert, key] = await Promise.all([caFile, certFile, keyFile].map(readPem));
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

async function readPem(path: string | undefined): Promise<Buffer | undefined> {
  if (path === undefined) return undefined;
  return await readFile(path).catch((cause: unknown) => {
    throw new Error(`The etcd client's file "${path}" cannot be read; check its path and mode`, { cause });
  });
}

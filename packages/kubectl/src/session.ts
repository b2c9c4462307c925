import { systemClock, systemRandom, type Clock, type Random } from "@dingi/base";
import {
  HttpsTransport,
  RetryingTransport,
  type StreamResponse,
  type Transport,
  type TransportRequest,
} from "@dingi/client";
import { CLIENT_VERSION } from "./client-version.ts";
import { isNotFound, type WatchEvent } from "@dingi/apimachinery";
import { resolveConnection, type Connection, type ConnectionFlags } from "./config/connection.ts";
import { loadKubeconfig, type Kubeconfig } from "./config/kubeconfig.ts";
import { ObservedTransport, requestTimeoutMs } from "./observed-transport.ts";
import { Discovery, resourcePath, type Resource } from "./discovery/discovery.ts";
import { write, type Io } from "./io.ts";
import type { AnyObject } from "./json.ts";

/** How we name ourselves to servers. */
export const USER_AGENT = `kubectl/${CLIENT_VERSION} (${process.platform}/${process.arch === "x64" ? "amd64" : process.arch}) kubernetes/dingi`;

export interface Call {
  readonly method?: TransportRequest["method"];
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
  readonly signal?: AbortSignal;
}

export interface Key {
  readonly namespace?: string | undefined;
  readonly name?: string;
  readonly subresource?: string;
}

/** What every command takes. */
export interface GlobalFlags extends ConnectionFlags {
  readonly requestTimeout?: string;
  readonly v?: string;
}

/** What a test puts in the place of the world. */
export interface SessionOptions {
  /** The words of the command that runs: "kubectl rollout status". */
  readonly command?: string;
  readonly transport?: Transport;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** One run of kubectl: its streams, its flags, and the server once it is asked for. */
export class Session implements AsyncDisposable {
  readonly io: Io;
  readonly clock: Clock;
  readonly random: Random;
  readonly flags: GlobalFlags;
  readonly #command: string;
  #kubeconfig: Kubeconfig | undefined;
  #connection: Connection | undefined;
  #transport: Transport | undefined;
  #discovery: Promise<Discovery> | undefined;

  constructor(
    io: Io,
    flags: GlobalFlags,
    { command = "kubectl", transport, clock = systemClock, random = systemRandom }: SessionOptions = {},
  ) {
    this.io = io;
    this.flags = flags;
    this.#command = command;
    this.clock = clock;
    this.random = random;
    this.#transport = transport;
  }

  get kubeconfig(): Kubeconfig {
    this.#kubeconfig ??= loadKubeconfig(this.flags.kubeconfig, this.io.env);
    return this.#kubeconfig;
  }

  get connection(): Connection {
    this.#connection ??= this.#named(resolveConnection(this.kubeconfig, this.flags));
    return this.#connection;
  }

  /** What runs, and which of its requests belong together. Upstream: cli-runtime/pkg/genericclioptions/command_headers.go */
  #named(connection: Connection): Connection {
    const own = { "kubectl-command": this.#command, "kubectl-session": this.random.uuid() };
    return { ...connection, headers: { ...connection.headers, ...own } };
  }

  get namespace(): string {
    return this.connection.namespace;
  }

  get transport(): Transport {
    this.#transport ??= new RetryingTransport(this.#observed(), this.clock);
    return this.#transport;
  }

  #observed(): Transport {
    return new ObservedTransport(new HttpsTransport({ ...this.connection, userAgent: USER_AGENT }), {
      server: this.connection.server,
      timeoutMs: requestTimeoutMs(this.flags.requestTimeout),
      level: Number(this.flags.v ?? 0),
      clock: this.clock,
      log: this.io.stderr,
    });
  }

  async discovery(): Promise<Discovery> {
    this.#discovery ??= Discovery.load(this.transport);
    return await this.#discovery;
  }

  async call<T = AnyObject>(path: string, call: Call = {}): Promise<T> {
    return (await this.transport.request(toRequest(path, call))) as T;
  }

  async on<T = AnyObject>(resource: Resource, key: Key, call: Call = {}): Promise<T> {
    return await this.call<T>(resourcePath(resource, key), call);
  }

  /**
   * One object. What is not there because its namespace is not is told as that.
   * Upstream: cli-runtime/pkg/resource/visitor.go#Info.Get
   */
  async get(resource: Resource, { namespace, name = "", subresource }: Key, call: Call = {}): Promise<AnyObject> {
    const key = { namespace, name, ...(subresource === undefined ? {} : { subresource }) };
    try {
      return await this.on(resource, key, call);
    } catch (error) {
      const mayLackNamespace = resource.namespaced && namespace && namespace !== "default";
      if (isNotFound(error) && mayLackNamespace) await this.#requireNamespace(namespace, call);
      throw error;
    }
  }

  async #requireNamespace(namespace: string, { accept }: Call): Promise<void> {
    try {
      await this.call(`/api/v1/namespaces/${encodeURIComponent(namespace)}`, accept === undefined ? {} : { accept });
    } catch (error) {
      if (isNotFound(error)) throw error;
    }
  }

  watch(resource: Resource, key: Key, call: Call = {}): AsyncIterable<readonly WatchEvent[]> {
    return this.transport.watch(
      toRequest(resourcePath(resource, key), { ...call, query: { ...call.query, watch: true } }),
    );
  }

  async stream(path: string, call: Call = {}): Promise<StreamResponse> {
    return await this.transport.stream(toRequest(path, call));
  }

  async print(text: string): Promise<void> {
    await write(this.io.stdout, text);
  }

  async warn(text: string): Promise<void> {
    await write(this.io.stderr, text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#transport?.[Symbol.asyncDispose]();
  }
}

function toRequest(path: string, call: Call): TransportRequest {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(call.query ?? {}))
    if (value !== undefined && value !== "") query.set(name, String(value));
  const { method = "GET", body, contentType, accept, signal } = call;
  return {
    method,
    path,
    query,
    ...(body === undefined ? {} : { body }),
    ...(contentType === undefined ? {} : { contentType }),
    ...(accept === undefined ? {} : { accept }),
    ...(signal === undefined ? {} : { signal }),
  };
}

import type { Writable } from "node:stream";
import { encodeJson, formatDuration, parseDuration, type WatchEvent, StatusError } from "@dingi/apimachinery";
import type { Clock } from "@dingi/base";
import type { StreamResponse, Transport, TransportRequest } from "@dingi/client";
import { CommandError } from "./command-error.ts";

interface ObservedTransportOptions {
  readonly server: string;
  /** No limit when 0. */
  readonly timeoutMs: number;
  /** From 6 on requests are told, from 8 on what they say, too. */
  readonly level: number;
  readonly clock: Clock;
  readonly log: Writable;
}

const SHOWN = 1024;

/** The time that `--request-timeout` gives a request is over. */
export class RequestTimeout extends CommandError {
  override name = "RequestTimeout";
}

/**
 * Another transport with upstream's `--request-timeout` and `-v`.
 * Upstream: client-go/transport/round_trippers.go#debuggingRoundTripper
 */
export class ObservedTransport implements Transport {
  readonly #transport: Transport;
  readonly #options: ObservedTransportOptions;

  constructor(transport: Transport, options: ObservedTransportOptions) {
    this.#transport = transport;
    this.#options = options;
  }

  async request(request: TransportRequest): Promise<unknown> {
    const answer = await this.#observe(request, async (limited) => await this.#transport.request(limited));
    if (this.#options.level >= 8) this.#say(`"Response Body" body=${clipped(encodeJson(answer))}`);
    return answer;
  }

  async *watch(request: TransportRequest): AsyncIterable<readonly WatchEvent[]> {
    const limited = this.#limited(request);
    try {
      if (this.#options.level >= 6) this.#say(`"Request" verb="GET" url=${JSON.stringify(this.#url(request))}`);
      yield* this.#transport.watch(limited);
    } catch (error) {
      throw this.#explained(error, request, limited.signal);
    }
  }

  async stream(request: TransportRequest): Promise<StreamResponse> {
    return await this.#observe(request, async (limited) => await this.#transport.stream(limited));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#transport[Symbol.asyncDispose]();
  }

  async #observe<T>(request: TransportRequest, act: (limited: TransportRequest) => Promise<T>): Promise<T> {
    const { clock } = this.#options;
    const start = clock.monotonic();
    const limited = this.#limited(request);
    this.#tellRequest(request);
    try {
      const answer = await act(limited);
      this.#tellResponse(request, { status: "200 OK", ms: clock.monotonic() - start });
      return answer;
    } catch (error) {
      const status = error instanceof StatusError ? `${error.code} ${error.reason}` : "";
      this.#tellResponse(request, { status, ms: clock.monotonic() - start });
      throw this.#explained(error, request, limited.signal);
    }
  }

  #limited(request: TransportRequest): TransportRequest {
    const { timeoutMs, clock } = this.#options;
    if (timeoutMs === 0) return request;
    const deadline = clock.deadline(timeoutMs);
    const query = new URLSearchParams(request.query);
    query.set("timeout", formatDuration(timeoutMs));
    return { ...request, query, signal: request.signal ? AbortSignal.any([request.signal, deadline]) : deadline };
  }

  #explained(error: unknown, request: TransportRequest, signal: AbortSignal | undefined): unknown {
    if (!signal?.aborted || request.signal?.aborted || error instanceof StatusError) return error;
    return new RequestTimeout("Unable to connect to the server: context deadline exceeded", {
      cause: error,
      prefixed: false,
    });
  }

  #tellRequest(request: TransportRequest): void {
    if (this.#options.level < 8) return;
    this.#say(`"Request Body" body=${clipped(request.body === undefined ? "" : encodeJson(request.body))}`);
    this.#say(
      `"Request" verb="${request.method}" url=${JSON.stringify(this.#url(request))} headers=<\n\tAccept: ${request.accept ?? "application/json"}\n >`,
    );
  }

  #tellResponse(request: TransportRequest, { status, ms }: { status: string; ms: number }): void {
    if (this.#options.level < 6) return;
    this.#say(
      `"Response" verb="${request.method}" url=${JSON.stringify(this.#url(request))} status="${status}" milliseconds=${Math.round(ms)}`,
    );
  }

  #url({ path, query }: TransportRequest): string {
    const text = query.toString();
    return `${this.#options.server}${path}${text === "" ? "" : `?${text}`}`;
  }

  /** klog's head: "I1121 07:04:18.206305    9582 source] ". */
  #say(text: string): void {
    const time = new Date(this.#options.clock.now()).toISOString();
    const head = `I${time.slice(5, 7)}${time.slice(8, 10)} ${time.slice(11, 23)}000 ${String(process.pid).padStart(7)}`;
    this.#options.log.write(`${head} round_trippers.go:632] ${text}\n`);
  }
}

function clipped(text: string): string {
  if (text.length <= SHOWN) return text === "" ? '""' : `<\n\t${text}\n >`;
  return `<\n\t${text.slice(0, SHOWN)} [truncated ${text.length - SHOWN} chars]\n >`;
}

/** "10" is seconds. Upstream: client-go/tools/clientcmd/helpers.go#ParseTimeout */
export function requestTimeoutMs(text = "0"): number {
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  try {
    return parseDuration(text);
  } catch (cause) {
    throw new CommandError(
      "Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)",
      { cause },
    );
  }
}

import { StatusError, type WatchEvent } from "@dingi/apimachinery";
import type { Clock } from "@dingi/base";
import type { StreamResponse, Transport, TransportRequest } from "./transport.ts";

const MAX_RETRIES = 10;

/**
 * Asks again when the server says after how long. A watch is not asked for again here, but by who watches.
 * Upstream: client-go/rest/with_retry.go
 */
export class RetryingTransport implements Transport {
  readonly #transport: Transport;
  readonly #clock: Clock;

  constructor(transport: Transport, clock: Clock) {
    this.#transport = transport;
    this.#clock = clock;
  }

  request(request: TransportRequest): Promise<unknown> {
    return this.#untilAnswered(request, () => this.#transport.request(request));
  }

  stream(request: TransportRequest): Promise<StreamResponse> {
    return this.#untilAnswered(request, () => this.#transport.stream(request));
  }

  watch(request: TransportRequest): AsyncIterable<readonly WatchEvent[]> {
    return this.#transport.watch(request);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#transport[Symbol.asyncDispose]();
  }

  async #untilAnswered<T>({ signal }: TransportRequest, ask: () => Promise<T>): Promise<T> {
    for (let retries = 0; ; retries++) {
      try {
        return await ask();
      } catch (error) {
        const waitMs = retryAfterMs(error);
        if (waitMs === undefined || retries === MAX_RETRIES) throw error;
        await this.#clock.sleep(waitMs, signal);
      }
    }
  }
}

/** When the server wants to be asked again, if it says so. */
export function retryAfterMs(error: unknown): number | undefined {
  if (!(error instanceof StatusError) || (error.code !== 429 && error.code < 500)) return undefined;
  const seconds = error.status.details?.retryAfterSeconds;
  return seconds ? seconds * 1000 : undefined;
}

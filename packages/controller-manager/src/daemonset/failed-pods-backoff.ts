import { LruMap, type Clock } from "@dingi/base";

const MIN_MS = 1000;
const MAX_MS = 15 * 60_000;
/** More nodes than this are not kept in mind. */
const MAX_NODES = 20_000;

interface Known {
  readonly delayMs: number;
  readonly sinceMs: number;
}

/** Where pods fail again and again, they are replaced more and more seldom. Upstream: client-go/util/flowcontrol/backoff.go */
export class FailedPodsBackoff {
  readonly #clock: Clock;
  readonly #known = new LruMap<string, Known>(MAX_NODES);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How long to wait yet; 0 when a failed pod may be replaced now. */
  leftMs(key: string): number {
    const known = this.#fresh(key);
    return known ? Math.max(0, known.sinceMs + known.delayMs - this.#clock.monotonic()) : 0;
  }

  replaced(key: string): void {
    const delayMs = Math.min((this.#fresh(key)?.delayMs ?? MIN_MS / 2) * 2, MAX_MS);
    this.#known.set(key, { delayMs, sinceMs: this.#clock.monotonic() });
  }

  /** What has not failed for long begins anew. */
  #fresh(key: string): Known | undefined {
    const known = this.#known.get(key);
    return known && this.#clock.monotonic() - known.sinceMs <= 2 * MAX_MS ? known : undefined;
  }
}

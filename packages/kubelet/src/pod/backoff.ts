import type { Clock } from "@dingi/base";

const FIRST_MS = 10_000;
const MAX_MS = 300_000;
/** Whatever went well for so long is forgiven. */
const FORGIVEN_MS = 600_000;

interface Delay {
  readonly delayMs: number;
  readonly lastMs: number;
}

interface BackoffOptions {
  readonly clock: Clock;
  readonly firstMs?: number;
  readonly maxMs?: number;
}

/**
 * Growing delays between attempts of the same thing: containers that crash, images that cannot be pulled. Each attempt is
 * made after an event, at `eventMs`: the container's end, the failure of the pull.
 * Upstream: client-go/util/flowcontrol/backoff.go
 */
export class Backoff {
  readonly #clock: Clock;
  readonly #firstMs: number;
  readonly #maxMs: number;
  readonly #delays = new Map<string, Delay>();

  constructor({ clock, firstMs = FIRST_MS, maxMs = MAX_MS }: BackoffOptions) {
    this.#clock = clock;
    this.#firstMs = firstMs;
    this.#maxMs = maxMs;
  }

  /** How long the next attempt has to wait; 0: not at all. */
  remainingMs(key: string, eventMs: number): number {
    const delay = this.#delays.get(key);
    if (!delay || isForgiven(delay, eventMs)) return 0;
    return Math.max(0, eventMs + delay.delayMs - this.#clock.now());
  }

  delayMs(key: string): number {
    return this.#delays.get(key)?.delayMs ?? 0;
  }

  /** An attempt is made: the next one waits longer, unless the last had gone well for long. */
  next(key: string, eventMs: number): void {
    const delay = this.#delays.get(key);
    const delayMs = !delay || isForgiven(delay, eventMs) ? this.#firstMs : Math.min(delay.delayMs * 2, this.#maxMs);
    this.#delays.set(key, { delayMs, lastMs: this.#clock.now() });
  }

  reset(prefix: string): void {
    for (const key of this.#delays.keys()) if (key.startsWith(prefix)) this.#delays.delete(key);
  }

  /** How many things are remembered. */
  get size(): number {
    return this.#delays.size;
  }
}

function isForgiven({ lastMs }: Delay, eventMs: number): boolean {
  return eventMs - lastMs > FORGIVEN_MS;
}

/** "10s", "1m20s", "5m0s", "1.234s", "532ms": as Go prints durations, to the millisecond. */
export function durationText(ms: number): string {
  const whole = Math.floor(ms);
  if (whole === 0) return "0s";
  if (whole < 1000) return `${whole}ms`;
  const minutes = Math.floor(whole / 60_000);
  const seconds = `${(whole % 60_000) / 1000}s`;
  if (minutes === 0) return seconds;
  return minutes < 60 ? `${minutes}m${seconds}` : `${Math.floor(minutes / 60)}h${minutes % 60}m${seconds}`;
}

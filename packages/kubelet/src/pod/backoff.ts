import type { Clock } from "@dingi/base";

const FIRST_MS = 10_000;
const MAX_MS = 300_000;

interface Delay {
  readonly delayMs: number;
  readonly lastMs: number;
}

/** Growing delays between attempts of the same thing: containers that crash, images that cannot be pulled. */
export class Backoff {
  readonly #clock: Clock;
  readonly #delays = new Map<string, Delay>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How long the next attempt has to wait, counted from `sinceMs`; 0: not at all. */
  remainingMs(key: string, sinceMs: number): number {
    const delay = this.#delays.get(key);
    return delay ? Math.max(0, sinceMs + delay.delayMs - this.#clock.now()) : 0;
  }

  delayMs(key: string): number {
    return this.#delays.get(key)?.delayMs ?? 0;
  }

  /** An attempt was made: the next one waits longer, unless the last lies far back. */
  next(key: string): void {
    const now = this.#clock.now();
    const delay = this.#delays.get(key);
    const fresh = !delay || now - delay.lastMs > 2 * MAX_MS;
    this.#delays.set(key, { delayMs: fresh ? FIRST_MS : Math.min(delay.delayMs * 2, MAX_MS), lastMs: now });
  }

  reset(prefix: string): void {
    for (const key of this.#delays.keys()) if (key.startsWith(prefix)) this.#delays.delete(key);
  }
}

/** "10s", "1m20s", "5m0s": as waiting messages print it. */
export function durationText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}

import type { Clock } from "@dingi/base";

/** So many at once, and so many a second after that. Upstream: client-go/util/flowcontrol/throttle.go#NewTokenBucketRateLimiterWithClock */
export class TokenBucket {
  readonly #clock: Clock;
  readonly #rate: { readonly qps: number; readonly burst: number };
  #tokens: number;
  #filledMs: number;

  constructor(clock: Clock, rate: { readonly qps: number; readonly burst: number }) {
    this.#clock = clock;
    this.#rate = rate;
    this.#tokens = rate.burst;
    this.#filledMs = clock.monotonic();
  }

  take(): boolean {
    const { qps, burst } = this.#rate;
    const now = this.#clock.monotonic();
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#filledMs) * qps) / 1000);
    this.#filledMs = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}

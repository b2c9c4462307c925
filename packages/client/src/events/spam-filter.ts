import { LruMap, type Clock } from "@dingi/base";

const MAX_SOURCES = 4096;
const BURST = 25;
const REFILL_MS = 300_000;

interface Bucket {
  tokens: number;
  atMs: number;
}

/** Lets one source tell 25 things of one object at once, and one more every five minutes. Upstream: client-go/tools/record/events_cache.go#EventSourceObjectSpamFilter */
export class SpamFilter {
  readonly #clock: Clock;
  readonly #buckets = new LruMap<string, Bucket>(MAX_SOURCES);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  accepts(source: string): boolean {
    const now = this.#clock.monotonic();
    const bucket = this.#buckets.get(source) ?? { tokens: BURST, atMs: now };
    bucket.tokens = Math.min(BURST, bucket.tokens + (now - bucket.atMs) / REFILL_MS);
    bucket.atMs = now;
    this.#buckets.set(source, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens--;
    return true;
  }
}

import { Fifo, WakeUp, type Clock } from "@dingi/base";

/** Milliseconds to wait before the n-th retry: 5 ms doubling to 1000 s. Upstream: client-go/util/workqueue/default_rate_limiters.go */
const BASE_MS = 5;
const MAX_MS = 1_000_000;

/**
 * Keys waiting to be worked on. A key is handed to one worker at a time and is never queued twice: what is added while
 * it is worked on is handed out again afterwards. Upstream: client-go/util/workqueue
 */
export class Workqueue {
  readonly #clock: Clock;
  readonly #queue = new Fifo<string>();
  readonly #queued = new Set<string>();
  readonly #working = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #delayed = new Map<string, { readonly dueMs: number; readonly timer: Disposable }>();
  readonly #wakeUp = new WakeUp();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get length(): number {
    return this.#queue.size;
  }

  add(key: string): void {
    if (this.#queued.has(key)) return;
    this.#queued.add(key);
    if (this.#working.has(key)) return;
    this.#queue.push(key);
    this.#wakeUp.wake();
  }

  /** The earlier of several delays counts. */
  addAfter(key: string, ms: number): void {
    if (ms <= 0) return this.add(key);
    const dueMs = this.#clock.monotonic() + ms;
    const waiting = this.#delayed.get(key);
    if (waiting && waiting.dueMs <= dueMs) return;
    waiting?.timer[Symbol.dispose]();
    const timer = this.#clock.timer(ms, () => {
      this.#delayed.delete(key);
      this.add(key);
    });
    this.#delayed.set(key, { dueMs, timer });
  }

  /** Adds the key after a delay that grows with each failure since `forget`. */
  addRateLimited(key: string): void {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    this.addAfter(key, Math.min(BASE_MS * 2 ** failures, MAX_MS));
  }

  forget(key: string): void {
    this.#failures.delete(key);
  }

  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** The next key; undefined once the signal aborts. `done` must be called with it. */
  async take(signal: AbortSignal): Promise<string | undefined> {
    while (!signal.aborted) {
      const key = this.#queue.shift();
      if (key !== undefined) {
        this.#queued.delete(key);
        this.#working.add(key);
        return key;
      }
      await this.#wakeUp.wait(signal);
    }
    return undefined;
  }

  done(key: string): void {
    this.#working.delete(key);
    if (!this.#queued.has(key)) return;
    this.#queue.push(key);
    this.#wakeUp.wake();
  }

  [Symbol.dispose](): void {
    for (const { timer } of this.#delayed.values()) timer[Symbol.dispose]();
    this.#delayed.clear();
  }
}

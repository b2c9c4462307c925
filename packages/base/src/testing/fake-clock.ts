import type { Clock } from "../clock.ts";

interface Waiter {
  readonly at: number;
  readonly order: number;
  readonly fire: () => void;
}

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  #now: number;
  #order = 0;
  #waiters: Waiter[] = [];

  constructor(startMs: number = Date.UTC(2026, 0, 1)) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const waiter = this.#add(ms, () => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      });
      const onAbort = () => {
        this.#remove(waiter);
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  timer(ms: number, fn: () => void): Disposable {
    const waiter = this.#add(ms, fn);
    return { [Symbol.dispose]: () => this.#remove(waiter) };
  }

  deadline(ms: number): AbortSignal {
    const controller = new AbortController();
    this.#add(ms, () => controller.abort(new DOMException("The operation timed out", "TimeoutError")));
    return controller.signal;
  }

  yieldIfDue(): Promise<void> | undefined {
    return undefined;
  }

  /** How many sleeps, timers and deadlines are pending. */
  get pending(): number {
    return this.#waiters.length;
  }

  /** Moves time on, firing what falls due in order and letting promise reactions run after each. */
  async advance(ms: number): Promise<void> {
    const target = this.#now + ms;
    await settle();
    for (let next = this.#next(target); next; next = this.#next(target)) {
      this.#remove(next);
      this.#now = Math.max(this.#now, next.at);
      next.fire();
      await settle();
    }
    this.#now = target;
  }

  #next(until: number): Waiter | undefined {
    let best: Waiter | undefined;
    for (const waiter of this.#waiters) {
      if (waiter.at > until) continue;
      if (!best || waiter.at < best.at || (waiter.at === best.at && waiter.order < best.order)) best = waiter;
    }
    return best;
  }

  #add(ms: number, fire: () => void): Waiter {
    const waiter = { at: this.#now + Math.max(0, ms), order: this.#order++, fire };
    this.#waiters.push(waiter);
    return waiter;
  }

  #remove(waiter: Waiter): void {
    this.#waiters = this.#waiters.filter((other) => other !== waiter);
  }
}

/** Lets all promise reactions that are ready run, and those they make ready. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

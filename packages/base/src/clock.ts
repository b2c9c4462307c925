/** The one source of time. Nothing outside `base` reads a clock or sets a timer of its own. */
export interface Clock {
  /** Wall time in epoch milliseconds. */
  now(): number;
  /** Milliseconds since an arbitrary start; never goes back. */
  monotonic(): number;
  /** Resolves after `ms`; rejects with `signal.reason` when aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `fn` once after `ms`, unless disposed before. Does not keep the process alive. */
  timer(ms: number, fn: () => void): Disposable;
  /** Aborts with a TimeoutError after `ms`. */
  deadline(ms: number): AbortSignal;
  /**
   * Gives the event loop a turn when the current synchronous stretch has lasted 5 ms; otherwise returns
   * undefined, so that a hot loop pays one comparison: `const due = clock.yieldIfDue(); if (due) await due;`
   */
  yieldIfDue(): Promise<void> | undefined;
}

const SYNCHRONOUS_STRETCH_MS = 5;

class SystemClock implements Clock {
  #stretchStart = -1;

  now(): number {
    return Date.now();
  }

  monotonic(): number {
    return performance.now();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = () => {
      clearTimeout(handle);
      reject(signal?.reason);
    };
    const handle = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", onAbort, { once: true });
    return promise;
  }

  timer(ms: number, fn: () => void): Disposable {
    const handle = setTimeout(fn, ms);
    handle.unref();
    return { [Symbol.dispose]: () => clearTimeout(handle) };
  }

  deadline(ms: number): AbortSignal {
    return AbortSignal.timeout(ms);
  }

  yieldIfDue(): Promise<void> | undefined {
    const now = performance.now();
    if (this.#stretchStart < 0) {
      this.#stretchStart = now;
      setImmediate(() => (this.#stretchStart = -1));
      return undefined;
    }
    if (now - this.#stretchStart < SYNCHRONOUS_STRETCH_MS) return undefined;
    return new Promise((resolve) => {
      setImmediate(() => {
        this.#stretchStart = -1;
        resolve();
      });
    });
  }
}

export const systemClock: Clock = new SystemClock();

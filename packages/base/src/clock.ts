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
/** Node calls back after a millisecond where it is told to wait longer than this, some 25 days. */
const LONGEST_MS = 2 ** 31 - 1;

/** However long it is: in steps that Node can wait. */
function startTimeout(ms: number, fn: () => void, { keepsAlive = true } = {}): { readonly cancel: () => void } {
  let handle: NodeJS.Timeout;
  const wait = (leftMs: number) => {
    const step = Math.min(leftMs, LONGEST_MS);
    handle = setTimeout(() => (leftMs > step ? wait(leftMs - step) : fn()), step);
    if (!keepsAlive) handle.unref();
  };
  wait(ms);
  return { cancel: () => clearTimeout(handle) };
}

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
      timeout.cancel();
      reject(signal?.reason);
    };
    const timeout = startTimeout(ms, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    signal?.addEventListener("abort", onAbort, { once: true });
    return promise;
  }

  timer(ms: number, fn: () => void): Disposable {
    const timeout = startTimeout(ms, fn, { keepsAlive: false });
    return { [Symbol.dispose]: timeout.cancel };
  }

  deadline(ms: number): AbortSignal {
    return AbortSignal.timeout(Math.ceil(Math.min(Math.max(ms, 0), LONGEST_MS)));
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

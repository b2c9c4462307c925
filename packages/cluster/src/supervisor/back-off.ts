/** How a process lived that has ended. */
export interface Life {
  /** Whether it ever did what it is there for. */
  readonly served: boolean;
  readonly ms: number;
}

const FIRST_MS = 100;
/**
 * One that served may have ended by a single request: nobody else should wait long for it. With this wait a control plane
 * that ends again and again is still back within a second.
 */
const LONGEST_AFTER_SERVING_MS = 250;
const LONGEST_MS = 10_000;
const STABLE_MS = 3_000;

/** Waits before a process is started again: none at first, then growing while it keeps ending early. */
export class BackOff {
  #nextMs = 0;

  after({ served, ms }: Life): number {
    if (served && ms >= STABLE_MS) this.#nextMs = 0;
    const waitMs = Math.min(this.#nextMs, served ? LONGEST_AFTER_SERVING_MS : LONGEST_MS);
    this.#nextMs = Math.min(Math.max(FIRST_MS, 2 * this.#nextMs), LONGEST_MS);
    return waitMs;
  }

  reset(): void {
    this.#nextMs = 0;
  }
}

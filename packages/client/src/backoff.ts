import type { Random } from "@dingi/base";

export interface BackoffOptions {
  readonly minMs: number;
  readonly maxMs: number;
  readonly random: Random;
}

/** How long to wait after each of several failures in a row: twice as long each time, and by chance up to twice that. */
export class Backoff {
  readonly #options: BackoffOptions;
  #nextMs: number;

  constructor(options: BackoffOptions) {
    this.#options = options;
    this.#nextMs = options.minMs;
  }

  /** For one more failure. Clients that failed together do not come back together. */
  next(): number {
    const { maxMs, random } = this.#options;
    const ms = this.#nextMs;
    this.#nextMs = Math.min(ms * 2, maxMs);
    return ms * (1 + random.float());
  }

  reset(): void {
    this.#nextMs = this.#options.minMs;
  }
}

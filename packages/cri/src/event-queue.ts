import { RuntimeError } from "./runtime-error.ts";

/** More than this unread means that the reader hangs: it must list again anyway. */
const MOST_UNREAD = 100_000;

/** Hands what is pushed to one reader, everything that waits at once. */
export class EventQueue<T> {
  #unread: T[] = [];
  #failure: { readonly error: unknown } | undefined;
  #wake: (() => void) | undefined;

  push(item: T): void {
    if (this.#failure) return;
    if (this.#unread.length >= MOST_UNREAD) {
      this.fail(new RuntimeError("ResourceExhausted", "Events were not read in time; list again"));
      return;
    }
    this.#unread.push(item);
    this.#wake?.();
  }

  /** What was pushed before is still read. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake?.();
  }

  /** Ends when `signal` aborts; throws what `fail` was given. */
  async *batches(signal: AbortSignal): AsyncGenerator<readonly T[]> {
    const onAbort = () => this.#wake?.();
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      while (!signal.aborted) {
        const batch = this.#unread;
        this.#unread = [];
        if (batch.length > 0) yield batch;
        else if (this.#failure) throw this.#failure.error;
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      signal.removeEventListener("abort", onAbort);
      this.#wake = undefined;
    }
  }
}

import { Fifo } from "../fifo.ts";

interface Taker<T> {
  readonly resolve: (result: IteratorResult<T, undefined>) => void;
  readonly reject: (error: unknown) => void;
}

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** First in, first out; taking waits until there is something. Each item goes to one taker. */
export class AsyncQueue<T> implements AsyncIterable<T> {
  readonly #items = new Fifo<T>();
  readonly #takers = new Set<Taker<T>>();
  #ended = false;
  #failure: { readonly error: unknown } | undefined;

  get size(): number {
    return this.#items.size;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Returns false when the queue has ended and the item was dropped. */
  push(item: T): boolean {
    if (this.#ended) return false;
    const [taker] = this.#takers;
    if (!taker) {
      this.#items.push(item);
      return true;
    }
    this.#takers.delete(taker);
    taker.resolve({ done: false, value: item });
    return true;
  }

  /** What is queued is still taken; then iteration ends. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const taker of this.#takers) taker.resolve(DONE);
    this.#takers.clear();
  }

  /** Drops what is queued; takers get the error now and ever after. */
  fail(error: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#failure = { error };
    this.#items.drain();
    for (const taker of this.#takers) taker.reject(error);
    this.#takers.clear();
  }

  /** Resolves to the next item, or to `done` once the queue has ended. Rejects with `signal.reason`. */
  take(signal?: AbortSignal): Promise<IteratorResult<T, undefined>> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#failure) return Promise.reject(this.#failure.error);
    if (this.size > 0) return Promise.resolve({ done: false, value: this.#items.shift()! });
    if (this.#ended) return Promise.resolve(DONE);
    return signal ? this.#waitAbortable(signal) : this.#wait();
  }

  /** Everything that is queued now, without waiting. */
  drain(): T[] {
    return this.#items.drain();
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return { next: () => this.take() };
  }

  #wait(): Promise<IteratorResult<T, undefined>> {
    return new Promise((resolve, reject) => this.#takers.add({ resolve, reject }));
  }

  async #waitAbortable(signal: AbortSignal): Promise<IteratorResult<T, undefined>> {
    const { promise, resolve, reject } = Promise.withResolvers<IteratorResult<T, undefined>>();
    const taker: Taker<T> = { resolve, reject };
    const onAbort = () => {
      this.#takers.delete(taker);
      reject(signal.reason);
    };
    this.#takers.add(taker);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await promise;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }
}

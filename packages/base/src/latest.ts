import { WakeUp } from "./wake-up.ts";

/** A value that somebody replaces while others wait for the next. Who is slow sees the newest, and misses those between. */
export class Latest<T> {
  #current: T;
  readonly #changed = new WakeUp();

  constructor(first: T) {
    this.#current = first;
  }

  get current(): T {
    return this.#current;
  }

  set(next: T): void {
    this.#current = next;
    this.#changed.wake();
  }

  /** Resolves to what is there once it is not `seen` any more, at once if it is not. Rejects with `signal.reason`. */
  async after(seen: T, signal: AbortSignal): Promise<T> {
    while (this.#current === seen) {
      signal.throwIfAborted();
      await this.#changed.wait(signal);
    }
    return this.#current;
  }
}

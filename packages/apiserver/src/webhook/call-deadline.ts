import type { Clock } from "@dingi/base";

/** A signal for one call, aborted by its caller or when its time is up; leaves nothing behind at either. */
export class CallDeadline implements Disposable {
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal;
  readonly #timer: Disposable;
  readonly #onAbort = (): void => this.#controller.abort(this.#caller.reason);
  #expired = false;

  constructor(clock: Clock, timeoutMs: number, caller: AbortSignal) {
    this.#caller = caller;
    this.#timer = clock.timer(timeoutMs, () => {
      this.#expired = true;
      this.#controller.abort(new Error("context deadline exceeded"));
    });
    if (caller.aborted) this.#onAbort();
    caller.addEventListener("abort", this.#onAbort, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether the time is up, and not the caller gone. */
  get expired(): boolean {
    return this.#expired && !this.#caller.aborted;
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
    this.#caller.removeEventListener("abort", this.#onAbort);
  }
}

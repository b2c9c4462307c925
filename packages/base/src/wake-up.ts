/** Lets those wait who found nothing to do, until somebody has made work. What woke them may be taken by another: look again. */
export class WakeUp {
  #next: PromiseWithResolvers<void> | undefined;

  /** Wakes all who wait now; nobody who comes later. */
  wake(): void {
    this.#next?.resolve();
  }

  /** Also returns when the signal aborts from now on. */
  async wait(signal: AbortSignal): Promise<void> {
    this.#next ??= Promise.withResolvers<void>();
    const next = this.#next;
    const stop = () => next.resolve();
    signal.addEventListener("abort", stop, { once: true });
    await next.promise;
    signal.removeEventListener("abort", stop);
    if (this.#next === next) this.#next = undefined;
  }
}

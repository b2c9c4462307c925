import type { Clock } from "@dingi/base";

/** How long requests under way may use what was replaced. */
const GRACE_MS = 60_000;

/** What a configuration has come to, until another takes its place; what is replaced ends a minute later. */
export class Succession<T extends Disposable> implements Disposable {
  readonly #clock: Clock;
  readonly #retired = new Set<T>();
  #current: T;

  constructor(first: T, clock: Clock) {
    this.#current = first;
    this.#clock = clock;
  }

  get current(): T {
    return this.#current;
  }

  replace(next: T): void {
    const before = this.#current;
    this.#current = next;
    this.#retired.add(before);
    this.#clock.timer(GRACE_MS, () => {
      this.#retired.delete(before);
      before[Symbol.dispose]();
    });
  }

  [Symbol.dispose](): void {
    for (const one of [this.#current, ...this.#retired]) one[Symbol.dispose]();
  }
}

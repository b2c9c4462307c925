/**
 * Begins together what comes in one turn of the event loop, after all of it has come. Things of one kind then go through
 * their stages side by side, because they wait for each other's promises in turn, and find each stage's code and data in the
 * processor's caches (ADR 17).
 */
export class TurnQueue {
  #acts: (() => void)[] = [];

  /** `act` must not throw. */
  push(act: () => void): void {
    this.#acts.push(act);
    if (this.#acts.length === 1) setImmediate(() => this.#begin());
  }

  #begin(): void {
    const acts = this.#acts;
    this.#acts = [];
    for (const act of acts) act();
  }
}

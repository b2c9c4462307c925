import type { Clock } from "@dingi/base";

/** A quiet cluster tells its watchers of a change at once; in a burst they are told this often, of all that came since. */
const WINDOW_MS = 2;
/** Telling one takes about 150 µs: however many there are, a third of a core at most goes into it. */
const WINDOW_PER_WATCHER_MS = 0.45;
const MAX_WINDOW_MS = 100;

export interface Paced {
  /** What has come may be told; returns to how many it is told. */
  release(): number;
}

/**
 * Writing to a connection costs much the same for one event as for twenty, and a burst of writes reaches every
 * watcher: in a burst, changes are told together.
 */
export class WatchPacer {
  readonly #clock: Clock;
  #waiting: Paced[] = [];
  #openAtMs = -Infinity;
  #timer: Disposable | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** It is released by the next flush. */
  add(paced: Paced): void {
    this.#waiting.push(paced);
  }

  /** Releases who waits, or sees to it that this happens as soon as the window is over. */
  flush(): void {
    if (this.#waiting.length === 0 || this.#timer) return;
    const waitMs = this.#openAtMs - this.#clock.monotonic();
    if (waitMs <= 0) return this.#release();
    this.#timer = this.#clock.timer(waitMs, () => {
      this.#timer = undefined;
      this.#release();
    });
  }

  #release(): void {
    const released = this.#waiting;
    this.#waiting = [];
    let watchers = 0;
    for (const paced of released) watchers += paced.release();
    const windowMs = Math.min(MAX_WINDOW_MS, WINDOW_MS + WINDOW_PER_WATCHER_MS * watchers);
    this.#openAtMs = this.#clock.monotonic() + windowMs;
  }
}

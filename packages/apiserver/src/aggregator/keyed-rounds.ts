import { WakeUp, type Clock, type Random } from "@dingi/base";
import { Backoff } from "@dingi/client";

interface KeyedRoundsOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly minRetryMs: number;
  readonly maxRetryMs: number;
  /** Resolves to how long to wait for the next; to nothing where only a poke is a reason. What is thrown is tried again soon. */
  readonly work: (key: string, signal: AbortSignal) => Promise<number | undefined>;
}

interface Round {
  readonly stop: AbortController;
  readonly wake: WakeUp;
  isPoked: boolean;
}

/** For each of some keys a piece of work that comes again: after a while, soon when it failed, at once when poked. */
export class KeyedRounds {
  readonly #options: KeyedRoundsOptions;
  readonly #rounds = new Map<string, Round>();

  constructor(options: KeyedRoundsOptions) {
    this.#options = options;
  }

  /** These and no others. */
  keep(keys: ReadonlySet<string>): void {
    for (const [key, round] of this.#rounds) {
      if (keys.has(key)) continue;
      round.stop.abort(new Error("It is not wanted any more"));
      this.#rounds.delete(key);
    }
    for (const key of keys) {
      if (this.#rounds.has(key)) continue;
      const round = { stop: new AbortController(), wake: new WakeUp(), isPoked: false };
      this.#rounds.set(key, round);
      void this.#run(key, round);
    }
  }

  poke(key: string): void {
    const round = this.#rounds.get(key);
    if (!round) return;
    round.isPoked = true;
    round.wake.wake();
  }

  [Symbol.dispose](): void {
    this.keep(new Set());
  }

  async #run(key: string, round: Round): Promise<void> {
    const { random, minRetryMs, maxRetryMs, work } = this.#options;
    const { signal } = round.stop;
    const backoff = new Backoff({ minMs: minRetryMs, maxMs: maxRetryMs, random });
    while (!signal.aborted) {
      round.isPoked = false;
      const waitMs = await work(key, signal).then(
        (ms) => (backoff.reset(), ms),
        () => backoff.next(),
      );
      if (!signal.aborted) await this.#pause(round, waitMs);
    }
  }

  async #pause(round: Round, ms: number | undefined): Promise<void> {
    if (round.isPoked) return;
    using _timer = ms === undefined ? undefined : this.#options.clock.timer(ms, () => round.wake.wake());
    await round.wake.wait(round.stop.signal).catch(() => {});
  }
}

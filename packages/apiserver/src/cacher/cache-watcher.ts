import { batchLength, WatchBatch, type WatchItem } from "./watch-batch.ts";

/** Where a watcher's changes come from. */
interface WatchSource {
  /** The changes before this position may be taken. */
  readonly told: number;
  batchFrom(position: number): WatchBatch | undefined;
  /** What the watcher had missed is not kept for it any more. */
  caughtUp(bytes: number): void;
}

/** One open watch: hands out what changes in batches, as fast as they are pulled. */
export class CacheWatcher {
  readonly #source: WatchSource;
  #missed: WatchItem[];
  #missedBytes: number;
  #position: number;
  #wake: (() => void) | undefined;
  #closed = false;
  #ending = false;

  constructor(source: WatchSource, position: number, missed: WatchItem[]) {
    this.#source = source;
    this.#position = position;
    this.#missed = missed;
    this.#missedBytes = bytesOf(missed);
  }

  /** Of what came before the watcher and waits for it. */
  get missedBytes(): number {
    return this.#missedBytes;
  }

  /** Whether there is nothing more to come: it was cut off because it did not keep up, or has taken all there was before its end. */
  get closed(): boolean {
    return this.#closed || (this.#ending && !this.#hasMore);
  }

  get #hasMore(): boolean {
    return this.#missed.length > 0 || this.#position < this.#source.told;
  }

  /** Of the first change that it has not taken. */
  get position(): number {
    return this.#position;
  }

  /** Takes what may be told by now, without waiting. */
  take(): WatchBatch | undefined {
    if (this.#missed.length > 0) {
      const batch = new WatchBatch(this.#missed.splice(0, batchLength(this.#missed, 0)));
      const bytes = bytesOf(batch.items);
      this.#missedBytes -= bytes;
      this.#source.caughtUp(bytes);
      return batch;
    }
    if (this.#closed) return undefined;
    const batch = this.#source.batchFrom(this.#position);
    if (batch) this.#position += batch.items.length;
    return batch;
  }

  /** Resolves as soon as there is something to take, or the watcher was closed or nudged. */
  ready(): Promise<void> {
    if (this.#hasMore || this.closed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        resolve();
      };
    });
  }

  /** Wakes a waiting consumer: there is something to take, or its request ended. */
  nudge(): void {
    this.#wake?.();
  }

  /** What is there is still taken, and nothing comes after it. */
  end(): void {
    this.#ending = true;
    this.nudge();
  }

  close(): void {
    this.#closed = true;
    this.#forgetMissed();
    this.nudge();
  }

  #forgetMissed(): void {
    this.#missed = [];
    this.#missedBytes = 0;
  }
}

const bytesOf = (items: readonly WatchItem[]): number => items.reduce((sum, { stored }) => sum + stored.size, 0);

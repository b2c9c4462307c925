import { SlowWatcherError } from "../errors.ts";
import type { Revision, StoreEvent } from "../store.ts";

/** How far a watcher may fall behind before it is cut off. */
export interface WatchLimits {
  readonly pendingEvents: number;
  readonly pendingBytes: number;
}

export const DEFAULT_WATCH_LIMITS: WatchLimits = { pendingEvents: 20_000, pendingBytes: 64 * 1024 * 1024 };

/** A stretch of the past: the events of a prefix above `after`, complete up to `through`. */
export interface HistoryPage {
  readonly events: readonly StoreEvent[];
  readonly through: Revision;
}

/** Reads the past from `after` on, not beyond `through`, in pages of its own choice. Throws CompactedError. */
export type ReadHistory = (prefix: string, after: Revision, through: Revision) => Promise<HistoryPage>;

interface WatcherOptions {
  readonly prefix: string;
  readonly after: Revision;
  /** The newest revision published when the watcher was added; what is newer is offered to it. */
  readonly joined: Revision;
  readonly readHistory: ReadHistory;
  readonly limits: WatchLimits;
  readonly onClose: (watcher: Watcher) => void;
}

type Batch = IteratorResult<readonly StoreEvent[], undefined>;
interface Waiter {
  readonly resolve: (batch: Batch) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * One reader: first the history up to `joined`, then what was offered since.
 *
 * It is no async generator on purpose: a generator resumes its reader some promise reactions after `offer`,
 * this one at the first, so that a reader who waits has seen a commit before its writer, who is answered later, goes on.
 */
export class Watcher implements AsyncIterator<readonly StoreEvent[], undefined> {
  readonly prefix: string;
  readonly #after: Revision;
  readonly #joined: Revision;
  readonly #readHistory: ReadHistory;
  readonly #limits: WatchLimits;
  readonly #onClose: (watcher: Watcher) => void;
  /** History was delivered up to here. */
  #reached: Revision;
  #pending: StoreEvent[] = [];
  #pendingBytes = 0;
  #waiter: Waiter | undefined;
  #end: { readonly error?: unknown } | undefined;

  constructor(options: WatcherOptions) {
    this.prefix = options.prefix;
    this.#after = options.after;
    this.#joined = options.joined;
    this.#readHistory = options.readHistory;
    this.#limits = options.limits;
    this.#onClose = options.onClose;
    this.#reached = options.after;
  }

  /** Takes live events of its prefix, in order of revision. */
  offer(events: readonly StoreEvent[]): void {
    if (this.#end) return;
    const wanted = events[0]!.revision > this.#after ? events : events.filter((event) => event.revision > this.#after);
    if (wanted.length === 0) return;
    if (this.#waiter) {
      const { resolve } = this.#waiter;
      this.#waiter = undefined;
      resolve({ done: false, value: wanted });
      return;
    }
    for (const event of wanted) {
      this.#pending.push(event);
      this.#pendingBytes += event.value?.byteLength ?? 0;
    }
    if (this.#pending.length > this.#limits.pendingEvents || this.#pendingBytes > this.#limits.pendingBytes) {
      this.fail(new SlowWatcherError(this.prefix, this.#pending.length));
    }
  }

  fail(error: unknown): void {
    this.#close({ error });
  }

  next(): Promise<Batch> {
    if (this.#end) return this.#ended();
    if (this.#reached < this.#joined) return this.#nextOfHistory();
    return this.#nextLive();
  }

  return(): Promise<Batch> {
    this.#close({});
    return Promise.resolve({ done: true, value: undefined });
  }

  async #nextOfHistory(): Promise<Batch> {
    while (this.#reached < this.#joined) {
      const page = await this.#readHistory(this.prefix, this.#reached, this.#joined).catch((error: unknown) => {
        this.fail(error);
        throw error;
      });
      if (this.#end) return this.#ended();
      this.#reached = page.through;
      if (page.events.length > 0) return { done: false, value: page.events };
    }
    return this.#nextLive();
  }

  #nextLive(): Promise<Batch> {
    if (this.#pending.length === 0) {
      return new Promise((resolve, reject) => (this.#waiter = { resolve, reject }));
    }
    const value = this.#pending;
    this.#pending = [];
    this.#pendingBytes = 0;
    return Promise.resolve({ done: false, value });
  }

  #close(end: { readonly error?: unknown }): void {
    if (this.#end) return;
    this.#end = end;
    this.#pending = [];
    this.#onClose(this);
    const waiter = this.#waiter;
    this.#waiter = undefined;
    if (!waiter) return;
    if ("error" in end) waiter.reject(end.error);
    else waiter.resolve({ done: true, value: undefined });
  }

  #ended(): Promise<Batch> {
    const end = this.#end!;
    return "error" in end ? Promise.reject(end.error) : Promise.resolve({ done: true, value: undefined });
  }
}

import type { Revision, StoreEvent, WatchOptions } from "../store.ts";
import { DEFAULT_WATCH_LIMITS, Watcher } from "./watcher.ts";
import type { ReadHistory, WatchLimits } from "./watcher.ts";

interface WatchHubOptions {
  /** The newest revision of the store when it was opened. */
  readonly revision: Revision;
  readonly readHistory: ReadHistory;
  readonly limits?: WatchLimits | undefined;
}

/** Hands each commit's events to those who watch a prefix of its key. */
export class WatchHub {
  readonly #byPrefix = new Map<string, Set<Watcher>>();
  readonly #readHistory: ReadHistory;
  readonly #limits: WatchLimits;
  #revision: Revision;
  #failure: { readonly error: unknown } | undefined;

  constructor(options: WatchHubOptions) {
    this.#revision = options.revision;
    this.#readHistory = options.readHistory;
    this.#limits = options.limits ?? DEFAULT_WATCH_LIMITS;
  }

  /** The newest revision whose events were handed out. */
  get revision(): Revision {
    return this.#revision;
  }

  /** Events in ascending order of revision, all newer than what was published before. */
  publish(events: readonly StoreEvent[]): void {
    const last = events.at(-1);
    if (!last) return;
    this.#revision = last.revision;
    for (const [prefix, watchers] of this.#byPrefix) {
      const matching = matchingPrefix(events, prefix);
      if (matching.length === 0) continue;
      for (const watcher of watchers) watcher.offer(matching);
    }
  }

  watch(options: WatchOptions): AsyncIterable<readonly StoreEvent[]> {
    return { [Symbol.asyncIterator]: () => this.#add(options) };
  }

  /** Ends every watch, also future ones, with this error. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    for (const watchers of this.#byPrefix.values()) {
      for (const watcher of watchers) watcher.fail(error);
    }
  }

  #add({ prefix, after, signal }: WatchOptions): Watcher {
    const onAbort = () => watcher.fail(signal.reason);
    const watcher = new Watcher({
      prefix,
      after,
      joined: this.#revision,
      readHistory: this.#readHistory,
      limits: this.#limits,
      onClose: (closed) => {
        signal.removeEventListener("abort", onAbort);
        this.#remove(closed);
      },
    });
    this.#register(watcher);
    if (signal.aborted) watcher.fail(signal.reason);
    else if (this.#failure) watcher.fail(this.#failure.error);
    else signal.addEventListener("abort", onAbort, { once: true });
    return watcher;
  }

  #register(watcher: Watcher): void {
    const watchers = this.#byPrefix.get(watcher.prefix);
    if (watchers) watchers.add(watcher);
    else this.#byPrefix.set(watcher.prefix, new Set([watcher]));
  }

  #remove(watcher: Watcher): void {
    const watchers = this.#byPrefix.get(watcher.prefix);
    watchers?.delete(watcher);
    if (watchers?.size === 0) this.#byPrefix.delete(watcher.prefix);
  }
}

/** The same array where all match, which is the common case of a batch of one. */
function matchingPrefix(events: readonly StoreEvent[], prefix: string): readonly StoreEvent[] {
  return events.every((event) => event.key.startsWith(prefix))
    ? events
    : events.filter((event) => event.key.startsWith(prefix));
}

import { ByteBudget, KeyedHeap, type Clock, type Logger } from "@dingi/base";
import { newTooLargeResourceVersion, type AnyKind } from "@dingi/apimachinery";
import type { Revision, Store, StoreEvent } from "@dingi/store";
import { WatchPacer } from "./watch-pacer.ts";
import { ResourceCache, type CacheBudgets } from "./resource-cache.ts";

const ROOT = "/registry/";
const LOAD_PAGE = 2000;
const FRESH_WAIT_MS = 3000;
/** In JSON; in memory an object takes a few times as much. */
const HISTORY_BYTES = 32 * 1024 * 1024;
const WATCHERS_BYTES = 64 * 1024 * 1024;

interface Waiter {
  readonly id: string;
  readonly revision: Revision;
  readonly resolve: () => void;
}

export interface StoreFeedOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly kinds: readonly AnyKind[];
  /** The watch of the store broke and cannot be resumed: the process must start anew. */
  readonly onFailure: (error: unknown) => void;
}

/** Who waits; a request makes its signal only when it is asked for. */
export interface Waiting {
  readonly signal: AbortSignal;
}

/**
 * The one watch of the store that feeds every kind's cache. One stream for all keys means that all caches are at the
 * same revision, which any event advances.
 */
export class StoreFeed implements AsyncDisposable {
  readonly #options: StoreFeedOptions;
  readonly #caches = new Map<string, ResourceCache>();
  readonly #byKind = new Map<AnyKind, ResourceCache>();
  readonly #stop = new AbortController();
  readonly #budgets: CacheBudgets = {
    history: new ByteBudget(HISTORY_BYTES),
    watchers: new ByteBudget(WATCHERS_BYTES),
  };
  /** For watchers over the network. */
  readonly pacer: WatchPacer;
  #revision: Revision = 0;
  #oldestListed: Revision = 0;
  /** Who waits for the earliest revision comes first. */
  readonly #waiters = new KeyedHeap<Waiter>({ key: ({ id }) => id, before: (a, b) => a.revision < b.revision });
  #waited = 0;
  #running: Promise<void> = Promise.resolve();

  private constructor(options: StoreFeedOptions) {
    this.#options = options;
    this.pacer = new WatchPacer(options.clock);
  }

  /** Loads everything that is stored and follows the store from there. */
  static async start(options: StoreFeedOptions): Promise<StoreFeed> {
    const feed = new StoreFeed(options);
    await feed.#load();
    feed.#running = feed.#follow();
    return feed;
  }

  /** The newest revision that the caches have seen. */
  get revision(): Revision {
    return this.#revision;
  }

  /** Lists of an older state are refused, whether anybody still has it or not. */
  get oldestListed(): Revision {
    return this.#oldestListed;
  }

  /** The store has forgotten what was before this revision. */
  compacted(revision: Revision): void {
    this.#oldestListed = revision;
  }

  get caches(): Iterable<ResourceCache> {
    return this.#byKind.values();
  }

  cache(kind: AnyKind): ResourceCache {
    const cache = this.#byKind.get(kind);
    if (!cache) throw new Error(`Kind "${kind.kind}" is not stored`);
    return cache;
  }

  /** Resolves when the caches have seen `revision`. Throws StatusError 504 when that takes more than three seconds. */
  async waitFor(revision: Revision | bigint, waiting?: Waiting): Promise<void> {
    if (revision <= this.#revision) return;
    const signal = waiting?.signal;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter = { id: String(this.#waited++), revision: Number(revision), resolve };
    const onAbort = () => reject(signal?.reason);
    this.#waiters.set(waiter);
    signal?.addEventListener("abort", onAbort, { once: true });
    using _timer = this.#options.clock.timer(FRESH_WAIT_MS, () =>
      reject(newTooLargeResourceVersion(revision, this.#revision, 1)),
    );
    try {
      await promise;
    } finally {
      signal?.removeEventListener("abort", onAbort);
      this.#waiters.delete(waiter.id);
    }
  }

  /** Brings the caches up to what the store has acknowledged by now. */
  async waitUntilFresh(waiting?: Waiting): Promise<void> {
    await this.waitFor(await this.#options.store.readRevision(), waiting);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("The API server is stopping"));
    await this.#running;
  }

  async #load(): Promise<void> {
    const { store, kinds } = this.#options;
    const first = await store.range(ROOT, { limit: LOAD_PAGE });
    this.#revision = first.revision;
    for (const kind of kinds) this.#add(kind, first.revision);
    for (let page = first; ;) {
      for (const entry of page.entries) {
        const cache = this.#cacheOf(entry.key);
        cache?.load(entry.key.slice(cache.prefix.length), entry.value, entry.revision);
        const due = this.#options.clock.yieldIfDue();
        if (due) await due;
      }
      const last = page.entries.at(-1);
      if (page.remaining === 0 || !last) return;
      page = await store.range(ROOT, { limit: LOAD_PAGE, after: last.key, revision: first.revision });
    }
  }

  #add(kind: AnyKind, revision: Revision): void {
    const cache = new ResourceCache(kind, revision, this.#budgets);
    this.#caches.set(cache.prefix, cache);
    this.#byKind.set(kind, cache);
  }

  /** Storage paths have one or two parts: "pods", "services/specs". */
  #cacheOf(key: string): ResourceCache | undefined {
    const one = key.indexOf("/", ROOT.length) + 1;
    const cache = this.#caches.get(key.slice(0, one));
    if (cache) return cache;
    return this.#caches.get(key.slice(0, key.indexOf("/", one) + 1));
  }

  async #follow(): Promise<void> {
    const { store, onFailure } = this.#options;
    try {
      for await (const events of store.watch({ prefix: ROOT, after: this.#revision, signal: this.#stop.signal }))
        this.#apply(events);
    } catch (error) {
      if (!this.#stop.signal.aborted) onFailure(error);
    }
  }

  #apply(events: readonly StoreEvent[]): void {
    for (const event of events) this.#cacheOf(event.key)?.apply(event);
    const last = events.at(-1);
    if (!last) return;
    this.#revision = last.revision;
    this.pacer.flush();
    for (let next = this.#waiters.peek(); next && next.revision <= last.revision; next = this.#waiters.peek())
      this.#waiters.pop()!.resolve();
  }
}

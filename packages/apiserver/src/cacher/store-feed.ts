import { ByteBudget, invariant, KeyedHeap, type Clock, type Logger } from "@dingi/base";
import { newTooLargeResourceVersion, type AnyKind } from "@dingi/apimachinery";
import type { Revision, Store, StoreEvent } from "@dingi/store";
import { loadEntries } from "./load-entries.ts";
import { WatchPacer } from "./watch-pacer.ts";
import { ResourceCache, type CacheBudgets } from "./resource-cache.ts";

const ROOT = "/registry/";
const FRESH_WAIT_MS = 3000;
/** In JSON; in memory an object takes a few times as much. */
const HISTORY_BYTES = 32 * 1024 * 1024;
const WATCHERS_BYTES = 64 * 1024 * 1024;
const NONE: readonly ResourceCache[] = [];

interface Waiter {
  readonly id: string;
  readonly revision: Revision;
  readonly resolve: () => void;
}

interface StoreFeedOptions {
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
  /** By prefix, all that are told of the changes below it: besides the one that is served those that are loaded or finished. */
  readonly #fed = new Map<string, readonly ResourceCache[]>();
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

  /** Of the kinds that are served. */
  get caches(): Iterable<ResourceCache> {
    return [...this.#byKind.values()].filter(({ closed }) => !closed);
  }

  /**
   * Loads what is stored of a further kind; resolves once its cache is as new as all others.
   * @param inPlaceOf The kind that it is to replace: watches of the new cache can go back to where that one's are.
   */
  async add(kind: AnyKind, inPlaceOf?: AnyKind): Promise<void> {
    invariant(!this.#byKind.has(kind), `Kind "${kind.kind}" is stored already`);
    const cache = ResourceCache.loading(kind, this.#budgets);
    this.#feedTo(cache);
    try {
      await this.waitFor(await loadEntries(this.#options, cache.prefix, () => cache));
    } catch (error) {
      this.#drop(cache);
      throw error;
    }
    const before = inPlaceOf && this.cache(inPlaceOf);
    cache.begin(before?.prefix === cache.prefix ? before.quietSince : this.#revision);
    this.#byKind.set(kind, cache);
  }

  /** Ends the kind's watchers, waits for the requests that are under way, and lets go of what was cached. */
  async remove(kind: AnyKind): Promise<void> {
    const cache = this.cache(kind);
    cache.close();
    await cache.idle;
    this.#byKind.delete(kind);
    this.#drop(cache);
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
    for (const kind of this.#options.kinds) {
      const cache = ResourceCache.loading(kind, this.#budgets);
      this.#feedTo(cache);
      this.#byKind.set(kind, cache);
    }
    this.#revision = await loadEntries(this.#options, ROOT, (key) => this.#fedBy(key)[0]);
    for (const cache of this.#byKind.values()) cache.begin(this.#revision);
  }

  #feedTo(cache: ResourceCache): void {
    this.#fed.set(cache.prefix, [...(this.#fed.get(cache.prefix) ?? []), cache]);
  }

  #drop(cache: ResourceCache): void {
    const others = (this.#fed.get(cache.prefix) ?? []).filter((one) => one !== cache);
    if (others.length > 0) this.#fed.set(cache.prefix, others);
    else this.#fed.delete(cache.prefix);
    cache[Symbol.dispose]();
  }

  /** Storage paths have one or two parts: "pods", "services/specs". */
  #fedBy(key: string): readonly ResourceCache[] {
    const one = key.indexOf("/", ROOT.length) + 1;
    const caches = this.#fed.get(key.slice(0, one));
    if (caches) return caches;
    return this.#fed.get(key.slice(0, key.indexOf("/", one) + 1)) ?? NONE;
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
    for (const event of events) for (const cache of this.#fedBy(event.key)) cache.apply(event);
    const last = events.at(-1);
    if (!last) return;
    this.#revision = last.revision;
    this.pacer.flush();
    for (let next = this.#waiters.peek(); next && next.revision <= last.revision; next = this.#waiters.peek())
      this.#waiters.pop()!.resolve();
  }
}

import { KeyedHeap, PersistentMap, systemClock } from "@dingi/base";
import type { Clock } from "@dingi/base";
import { checkKey, exactValue, meetsCondition } from "../change.ts";
import { StoreUnavailableError } from "../errors.ts";
import { CompactedError, FIRST_REVISION, FutureRevisionError } from "../store.ts";
import type {
  Change,
  CommitResult,
  Entry,
  RangeOptions,
  RangeResult,
  Revision,
  Store,
  StoreEvent,
  WatchOptions,
} from "../store.ts";
import { WatchHub } from "../watch/watch-hub.ts";
import type { HistoryPage, WatchLimits } from "../watch/watcher.ts";

export interface MemoryStoreOptions {
  /** Turns a TTL into a time. */
  readonly clock?: Clock;
  readonly watchLimits?: WatchLimits;
}

/** An empty store that lives as long as its process: for tests, simulation and `--store memory`. */
export function openMemoryStore(options: MemoryStoreOptions = {}): Store {
  return new MemoryStore(options);
}

interface Lease {
  readonly key: string;
  readonly expiresAt: number;
}

class MemoryStore implements Store {
  readonly #clock: Clock;
  readonly #hub: WatchHub;
  readonly #live = new PersistentMap<Entry>();
  readonly #leases = new KeyedHeap<Lease>({
    key: (lease) => lease.key,
    before: (a, b) => a.expiresAt < b.expiresAt || (a.expiresAt === b.expiresAt && a.key < b.key),
  });
  /** Every event above `#compacted`. Each revision has exactly one, so `#log[i]` is that of `#compacted + 1 + i`. */
  #log: StoreEvent[] = [];
  #compacted: Revision = FIRST_REVISION;
  #closed = false;

  constructor(options: MemoryStoreOptions) {
    this.#clock = options.clock ?? systemClock;
    this.#hub = new WatchHub({
      revision: FIRST_REVISION,
      readHistory: async (prefix, after, through) => this.#history(prefix, after, through),
      limits: options.watchLimits,
    });
  }

  get #revision(): Revision {
    return this.#hub.revision;
  }

  async get(key: string): Promise<Entry | undefined> {
    this.#checkOpen();
    return this.#live.get(key);
  }

  async range(prefix: string, options: RangeOptions = {}): Promise<RangeResult> {
    options.signal?.throwIfAborted();
    this.#checkOpen();
    const { limit = Infinity, after } = options;
    const revision = options.revision ?? this.#revision;
    const map = revision === this.#revision ? this.#live : this.#rewound(prefix, revision);
    const keys = after === undefined ? { prefix } : { prefix, after };
    const entries: Entry[] = [];
    for (const entry of map.values(keys)) {
      if (entries.length >= limit) break;
      entries.push(entry);
    }
    return { entries, revision, remaining: map.count(keys) - entries.length };
  }

  /** Not async: the writer's promise is resolved in the same turn in which the watchers were told. */
  commit(key: string, change: Change): Promise<CommitResult> {
    try {
      this.#checkOpen();
      checkKey(key);
      return Promise.resolve(this.#apply(key, change));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  watch(options: WatchOptions): AsyncIterable<readonly StoreEvent[]> {
    return this.#hub.watch(options);
  }

  async readRevision(): Promise<Revision> {
    this.#checkOpen();
    return this.#revision;
  }

  async compact(revision: Revision): Promise<void> {
    this.#checkOpen();
    if (revision > this.#revision) throw new FutureRevisionError(this.#revision);
    if (revision <= this.#compacted) return;
    this.#log = this.#log.slice(revision - this.#compacted);
    this.#compacted = revision;
  }

  async expire(nowMs: number): Promise<number> {
    this.#checkOpen();
    let expired = 0;
    for (let lease = this.#leases.peek(); lease && lease.expiresAt <= nowMs; lease = this.#leases.peek()) {
      this.#apply(lease.key, { expected: "any" });
      expired++;
    }
    return expired;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#hub.fail(closedError());
  }

  #apply(key: string, change: Change): CommitResult {
    const previous = this.#live.get(key);
    if (!meetsCondition(change, previous?.revision ?? 0)) return { conflict: previous };
    const revision = this.#revision + 1;
    const event = change.value
      ? this.#put(key, { revision, value: exactValue(change.value), ttlMs: change.ttlMs, previous })
      : this.#delete(key, revision, previous!);
    this.#log.push(event);
    this.#hub.publish([event]);
    return { revision, previous };
  }

  #put(key: string, write: Put): StoreEvent {
    const { revision, value, ttlMs, previous } = write;
    const createRevision = previous?.createRevision ?? revision;
    this.#live.set(key, { key, value, createRevision, revision });
    if (ttlMs === undefined) this.#leases.delete(key);
    else this.#leases.set({ key, expiresAt: this.#clock.now() + ttlMs });
    return { type: "put", key, revision, value, createRevision, ...(previous && { previous }) };
  }

  #delete(key: string, revision: Revision, previous: Entry): StoreEvent {
    this.#live.delete(key);
    this.#leases.delete(key);
    return { type: "delete", key, revision, createRevision: previous.createRevision, previous };
  }

  /** The keys as they were: a snapshot of today's with the later events of the prefix undone. */
  #rewound(prefix: string, revision: Revision): PersistentMap<Entry> {
    if (revision > this.#revision) throw new FutureRevisionError(this.#revision);
    if (revision < this.#compacted) throw new CompactedError(this.#compacted);
    const map = this.#live.snapshot();
    for (let i = this.#log.length - 1; i >= revision - this.#compacted; i--) {
      const { key, previous } = this.#log[i]!;
      if (!key.startsWith(prefix)) continue;
      if (previous) map.set(key, previous);
      else map.delete(key);
    }
    return map;
  }

  #history(prefix: string, after: Revision, through: Revision): HistoryPage {
    const start = Math.max(after, FIRST_REVISION);
    if (start < this.#compacted) throw new CompactedError(this.#compacted);
    const events = this.#log.slice(start - this.#compacted, through - this.#compacted);
    return { events: events.filter((event) => event.key.startsWith(prefix)), through };
  }

  #checkOpen(): void {
    if (this.#closed) throw closedError();
  }
}

interface Put {
  readonly revision: Revision;
  readonly value: Uint8Array;
  readonly ttlMs: number | undefined;
  readonly previous: Entry | undefined;
}

function closedError(): StoreUnavailableError {
  return new StoreUnavailableError("Closed", "The store is closed");
}

import { KeyedHeap, type Clock, type Logger, type Random } from "@dingi/base";
import { hasGrpcCode } from "@dingi/grpc";
import { checkKey } from "../change.ts";
import { StoreUnavailableError } from "../errors.ts";
import { FutureRevisionError } from "../store.ts";
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
import type { WatchLimits } from "../watch/watcher.ts";
import { EtcdClient, type EtcdClientOptions } from "./etcd-client.ts";
import { EventFeed } from "./event-feed.ts";
import { History } from "./history.ts";
import { KeySpace } from "./key-space.ts";
import { Leases } from "./leases.ts";
import { COMPACT, STATUS, TXN, type TxnResponseValue } from "./messages.ts";
import { currentRevision, Reader } from "./reader.ts";
import { requireSupported } from "./supported-version.ts";
import { resultOf, transactionOf } from "./transaction.ts";

export interface EtcdStoreOptions extends EtcdClientOptions {
  /** What stands for `root` in etcd's keys; "/registry" when absent. */
  readonly prefix?: string;
  /** What all of the store's keys begin with; "/registry" when absent. */
  readonly root?: string;
  readonly random: Random;
  readonly logger: Logger;
  /** Turns a TTL into a time; `clock` when absent. */
  readonly ttlClock?: Clock;
  readonly watchLimits?: WatchLimits;
}

/** A store in an etcd that several may share. Throws StoreUnavailableError when it does not answer. */
export async function openEtcdStore(options: EtcdStoreOptions): Promise<Store> {
  const keys = new KeySpace(options.prefix, options.root);
  const client = await EtcdClient.open(options);
  try {
    requireSupported((await client.read(STATUS, {})).version);
    const revision = await currentRevision(client, keys);
    const { servers, prefix, logger } = options;
    logger.info("Opened the store", { servers, prefix, revision });
    return new EtcdStore({ client, keys, revision }, options);
  } catch (error) {
    await client[Symbol.asyncDispose]();
    throw error;
  }
}

interface Opened {
  readonly client: EtcdClient;
  readonly keys: KeySpace;
  readonly revision: Revision;
}

interface Expiry {
  readonly key: string;
  readonly revision: Revision;
  readonly expiresAt: number;
}

class EtcdStore implements Store {
  readonly #client: EtcdClient;
  readonly #keys: KeySpace;
  readonly #ttlClock: Clock;
  readonly #hub: WatchHub;
  readonly #feed: EventFeed;
  readonly #reader: Reader;
  readonly #leases: Leases;
  /** What this process wrote for a time; what others wrote goes by them, or by its lease. */
  readonly #expiries = new KeyedHeap<Expiry>({
    key: ({ key }) => key,
    before: (a, b) => a.expiresAt < b.expiresAt || (a.expiresAt === b.expiresAt && a.key < b.key),
  });
  readonly #stop = new AbortController();
  readonly #running = new Set<Promise<unknown>>();
  #disposed: Promise<void> | undefined;

  constructor({ client, keys, revision }: Opened, options: EtcdStoreOptions) {
    const { logger, random, clock, ttlClock = clock, watchLimits } = options;
    this.#client = client;
    this.#keys = keys;
    this.#ttlClock = ttlClock;
    this.#leases = new Leases(client, random);
    const history = new History({ client, keys, signal: this.#stop.signal });
    this.#reader = new Reader(client, keys, history);
    this.#hub = new WatchHub({
      revision,
      readHistory: (prefix, after, through) => history.read(prefix, after, through),
      limits: watchLimits,
    });
    this.#feed = new EventFeed({
      client,
      keys,
      after: revision,
      logger,
      publish: (events) => this.#publish(events),
      onFailure: (error) => {
        logger.error("The store failed", { error: error.message });
        this.#hub.fail(error);
      },
    });
    this.#feed.start();
  }

  get(key: string): Promise<Entry | undefined> {
    return this.#tracked(() => this.#reader.get(key));
  }

  range(prefix: string, options: RangeOptions = {}): Promise<RangeResult> {
    return this.#tracked(() => this.#reader.range(prefix, options));
  }

  commit(key: string, change: Change): Promise<CommitResult> {
    return this.#tracked(() => this.#commit(key, change));
  }

  watch(options: WatchOptions): AsyncIterable<readonly StoreEvent[]> {
    return this.#hub.watch(options);
  }

  /** The newest revision that is this store's; others' keys in the same etcd raise etcd's own further. */
  readRevision(): Promise<Revision> {
    return this.#tracked(async () => {
      await this.#feed.untilCurrent(() => currentRevision(this.#client, this.#keys));
      return this.#hub.revision;
    });
  }

  compact(revision: Revision): Promise<void> {
    return this.#tracked(async () => {
      try {
        await this.#client.write(COMPACT, { revision });
      } catch (error) {
        if (!hasGrpcCode(error, "OutOfRange")) throw error;
        const current = await currentRevision(this.#client, this.#keys);
        if (revision > current) throw new FutureRevisionError(current);
      }
    });
  }

  expire(nowMs: number): Promise<number> {
    return this.#tracked(() => this.#expire(nowMs));
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed ??= this.#dispose();
    return this.#disposed;
  }

  async #commit(key: string, change: Change): Promise<CommitResult> {
    checkKey(key);
    if (!change.value && change.expected === 0) return { conflict: await this.#reader.get(key) };
    const expiresAt = this.#ttlClock.now() + (change.ttlMs ?? 0);
    const response = await this.#transact(key, change);
    const result = resultOf(response, change, this.#keys);
    if (!("revision" in result)) return result;
    await this.#feed.untilPublished(result.revision);
    if (change.ttlMs !== undefined) this.#expiries.set({ key, revision: result.revision, expiresAt });
    return result;
  }

  async #transact(key: string, change: Change): Promise<TxnResponseValue> {
    const etcdKey = this.#keys.toEtcd(key);
    if (change.ttlMs === undefined) return await this.#client.write(TXN, transactionOf(etcdKey, change, 0));
    try {
      return await this.#client.write(TXN, transactionOf(etcdKey, change, await this.#leases.of(change.ttlMs)));
    } catch (error) {
      if (!hasGrpcCode(error, "NotFound")) throw error;
      // etcd was restored or someone revoked the lease: nothing was written yet.
      this.#leases.forget();
      return await this.#client.write(TXN, transactionOf(etcdKey, change, await this.#leases.of(change.ttlMs)));
    }
  }

  #publish(events: readonly StoreEvent[]): void {
    for (const { key } of events) this.#expiries.delete(key);
    this.#hub.publish(events);
  }

  async #expire(nowMs: number): Promise<number> {
    let count = 0;
    for (let due = this.#expiries.peek(); due && due.expiresAt <= nowMs; due = this.#expiries.peek()) {
      this.#expiries.delete(due.key);
      const result = await this.#commit(due.key, { expected: due.revision });
      if ("revision" in result) count++;
    }
    return count;
  }

  async #dispose(): Promise<void> {
    await Promise.allSettled(this.#running);
    this.#stop.abort(closed());
    await this.#feed.stop();
    this.#hub.fail(closed());
    await this.#client[Symbol.asyncDispose]();
  }

  /** What was begun before the store closes is finished first. */
  #tracked<T>(work: () => Promise<T>): Promise<T> {
    if (this.#disposed) return Promise.reject(closed());
    const running = work();
    this.#running.add(running);
    const done = () => void this.#running.delete(running);
    running.then(done, done);
    return running;
  }
}

function closed(): StoreUnavailableError {
  return new StoreUnavailableError("Closed", "The store is closed");
}

import { describeError, type Logger } from "@dingi/base";
import { StoreUnavailableError } from "../errors.ts";
import { CompactedError, type Revision, type StoreEvent } from "../store.ts";
import type { EtcdClient } from "./etcd-client.ts";
import type { KeySpace } from "./key-space.ts";
import { askUntil, WatchStream } from "./watch-stream.ts";

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;
/** How long a writer waits for his own event. */
const CATCH_UP_MS = 10_000;

interface EventFeedOptions {
  readonly client: EtcdClient;
  readonly keys: KeySpace;
  readonly after: Revision;
  readonly logger: Logger;
  readonly publish: (events: readonly StoreEvent[]) => void;
  /** What the watch needs is gone from etcd: nothing can be published without a gap any more. */
  readonly onFailure: (error: Error) => void;
}

interface Waiter {
  readonly revision: Revision;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** The one watch of etcd that tells the store's watchers; a connection that is lost is resumed from the last revision. */
export class EventFeed {
  readonly #options: EventFeedOptions;
  readonly #stop = new AbortController();
  #stream: WatchStream | undefined;
  /** Everything up to here was published. */
  #reached: Revision;
  #waiters = new Set<Waiter>();
  #running: Promise<void> = Promise.resolve();

  constructor(options: EventFeedOptions) {
    this.#options = options;
    this.#reached = options.after;
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#end(new StoreUnavailableError("Closed", "The store is closed"));
    await this.#running;
  }

  /** Resolves when the watchers were told of everything up to `revision`, which has an event of this store. */
  async untilPublished(revision: Revision): Promise<void> {
    if (revision > this.#reached) await this.#wait(revision);
  }

  /** Resolves when the watchers were told of everything that etcd, asked by `read`, has acknowledged, also for others. */
  async untilCurrent(read: () => Promise<Revision>): Promise<void> {
    const before = this.#reached;
    const revision = await read();
    if (revision < before) throw this.#fellBack(before, revision);
    if (revision <= this.#reached) return;
    const done = new AbortController();
    // The stream of that moment, because a lost one may be replaced meanwhile.
    const asking = askUntil(done.signal, this.#options.client.clock, () => this.#stream?.requestProgress());
    try {
      await this.#wait(revision);
    } finally {
      done.abort();
      await asking;
    }
  }

  async #wait(revision: Revision): Promise<void> {
    this.#stop.signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter = { revision, resolve, reject };
    this.#waiters.add(waiter);
    using _timer = this.#options.client.clock.timer(CATCH_UP_MS, () => reject(this.#late(revision)));
    try {
      await promise;
    } finally {
      this.#waiters.delete(waiter);
    }
  }

  async #run(): Promise<void> {
    const { client, logger } = this.#options;
    const { signal } = this.#stop;
    let pauseMs = FIRST_PAUSE_MS;
    while (!signal.aborted) {
      const before = this.#reached;
      const error = await this.#follow();
      if (signal.aborted) return;
      if (error instanceof CompactedError) return this.#fail(error);
      logger.warn("Lost the watch of etcd; resuming it", { after: this.#reached, error: describeError(error) });
      pauseMs = this.#reached > before ? FIRST_PAUSE_MS : Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
      await client.clock.sleep(pauseMs, signal).catch(() => {});
    }
  }

  /** Resolves to what ended the watch. */
  async #follow(): Promise<unknown> {
    const { client, keys, publish } = this.#options;
    try {
      this.#stream = await WatchStream.open({
        client,
        keys,
        range: keys.all,
        after: this.#reached,
        signal: this.#stop.signal,
        onEvents: (events) => {
          publish(events);
          this.#advance(events.at(-1)!.revision);
        },
        onProgress: (revision) => this.#advance(revision),
      });
      return await this.#stream.ended;
    } catch (error) {
      return error;
    } finally {
      this.#stream = undefined;
    }
  }

  #advance(revision: Revision): void {
    this.#reached = Math.max(this.#reached, revision);
    for (const waiter of this.#waiters) if (waiter.revision <= this.#reached) waiter.resolve();
  }

  /** It was asked after it had told of more: another's data are there now. */
  #fellBack(before: Revision, revision: Revision): StoreUnavailableError {
    const error = new StoreUnavailableError(
      "Damaged",
      `The etcd at "${this.#options.client.servers}" went back from revision ${before} to ${revision}, as after a restore; what is cached of it must be read anew`,
    );
    this.#fail(error);
    return error;
  }

  #fail(error: Error): void {
    this.#end(error);
    this.#options.onFailure(error);
  }

  #end(error: Error): void {
    this.#stop.abort(error);
    for (const waiter of this.#waiters) waiter.reject(error);
  }

  #late(revision: Revision): StoreUnavailableError {
    const { servers } = this.#options.client;
    return new StoreUnavailableError(
      "Unreachable",
      `The etcd at "${servers}" has revision ${revision}, but its watch did not tell of it within ${CATCH_UP_MS / 1000} s; check that it runs and has a leader`,
    );
  }
}

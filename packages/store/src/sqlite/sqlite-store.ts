import { chmod, mkdir, open } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Clock, Logger } from "@dingi/base";
import { checkKey, exactValue } from "../change.ts";
import { StoreUnavailableError, type StoreUnavailableReason } from "../errors.ts";
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
import { CommitQueue } from "./commit-queue.ts";
import { notWritable } from "./failure.ts";
import { markBeside } from "./mark-file.ts";
import type { Opened, PageOptions } from "./protocol.ts";
import { WorkerLink } from "./worker-link.ts";

export interface SqliteStoreOptions {
  /** The database file; its directory is made. SQLite puts its log beside it. */
  readonly path: string;
  /** Where is noted what was acknowledged: beside the database unless told otherwise. Its directory must exist. */
  readonly markPath?: string;
  readonly logger: Logger;
  /** Turns a TTL into a time. */
  readonly clock: Clock;
  /** The database may not grow beyond this; writes then fail as with a full disk. */
  readonly maxBytes?: number;
  readonly watchLimits?: WatchLimits;
}

/**
 * A durable store in one file that this process has to itself until it is disposed.
 * Throws StoreUnavailableError: not writable, in use by another process, damaged, less than was acknowledged,
 * too new, disk full.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const path = resolve(options.path);
  await makePrivateFile(path);
  const store: { current?: SqliteStore } = {};
  const onFailure = (error: Error) => store.current?.fail(error);
  const [link, opened] = await WorkerLink.open(
    { path, markPath: resolve(options.markPath ?? markBeside(path)), maxBytes: options.maxBytes },
    onFailure,
  );
  options.logger.info("Opened the store", { path, revision: opened.revision });
  store.current = new SqliteStore(link, opened, options);
  return store.current;
}

/** Of a store that is full, and of one that was closed. */
const PASSING: readonly StoreUnavailableReason[] = ["DiskFull", "Closed"];

/** SQLite would make it readable for everyone; its log takes over the mode. */
async function makePrivateFile(path: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await (await open(path, "a", 0o600)).close();
    await chmod(path, 0o600);
  } catch (cause) {
    throw notWritable(path, { cause });
  }
}

class SqliteStore implements Store {
  readonly #link: WorkerLink;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #hub: WatchHub;
  readonly #queue: CommitQueue;
  #disposed: Promise<void> | undefined;
  #failed = false;

  constructor(link: WorkerLink, opened: Opened, options: SqliteStoreOptions) {
    this.#link = link;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#hub = new WatchHub({
      revision: opened.revision,
      readHistory: (prefix, after, through) => link.call("history", { prefix, after, through }),
      limits: options.watchLimits,
    });
    this.#queue = new CommitQueue({
      send: (batch, { resolve, reject }) =>
        link.send("commit", batch, { resolve, reject: (error) => reject(this.#endIfBroken(error)) }),
      publish: (events) => this.#hub.publish(events),
    });
  }

  get(key: string): Promise<Entry | undefined> {
    return this.#link.call("get", key);
  }

  async range(prefix: string, options: RangeOptions = {}): Promise<RangeResult> {
    const { limit = Infinity, signal } = options;
    const entries: Entry[] = [];
    let { revision, after } = options;
    for (;;) {
      signal?.throwIfAborted();
      const page = pageOptions(limit - entries.length, revision, after);
      const part = await this.#link.call("range", { prefix, page });
      for (const entry of part.entries) entries.push(entry);
      revision = part.revision;
      after = part.entries.at(-1)?.key ?? after;
      if (!part.more) return { entries, revision, remaining: part.remaining };
    }
  }

  /** Not async: the writer's promise is resolved in the same turn in which the watchers were told. */
  commit(key: string, change: Change): Promise<CommitResult> {
    try {
      checkKey(key);
      const { expected, ttlMs } = change;
      const value = change.value && exactValue(change.value);
      const expiresAt = ttlMs === undefined ? 0 : Math.max(1, Math.ceil(this.#clock.now() + ttlMs));
      return this.#queue.push({ key, expected, value, expiresAt });
    } catch (error) {
      return Promise.reject(error);
    }
  }

  watch(options: WatchOptions): AsyncIterable<readonly StoreEvent[]> {
    return this.#hub.watch(options);
  }

  /** Asks nobody: the lock on the file means that no one else makes revisions. */
  async readRevision(): Promise<Revision> {
    this.#link.throwIfFailed();
    return this.#hub.revision;
  }

  async compact(revision: Revision): Promise<void> {
    try {
      await this.#link.call("compact", revision);
      // In stretches, so that writes get their turn in between.
      while (await this.#link.call("sweep", undefined));
    } catch (error) {
      throw this.#endIfBroken(error);
    }
  }

  async expire(nowMs: number): Promise<number> {
    let count = 0;
    for (;;) {
      const expired = await this.#expireSome(Math.floor(nowMs));
      if (expired === 0) return count;
      count += expired;
    }
  }

  fail(error: Error): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#logger.error("The store failed", { error });
    this.#hub.fail(error);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed ??= this.#dispose();
    return this.#disposed;
  }

  #expireSome(nowMs: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const publish = (events: readonly StoreEvent[]) => {
        this.#hub.publish(events);
        resolve(events.length);
      };
      this.#link.send("expire", nowMs, { resolve: publish, reject: (error) => reject(this.#endIfBroken(error)) });
    });
  }

  /**
   * A write that failed for anything but want of space may be on the disk or not, and none is taken after it: whoever watches
   * is told that it is over, so that the process ends and its successor reads what is there. Gives the error back.
   */
  #endIfBroken(error: unknown): unknown {
    if (error instanceof StoreUnavailableError && !PASSING.includes(error.reason)) this.fail(error);
    return error;
  }

  async #dispose(): Promise<void> {
    await this.#queue.close();
    await this.#link.close();
    this.#hub.fail(new StoreUnavailableError("Closed", "The store is closed"));
  }
}

function pageOptions(limit: number, revision: Revision | undefined, after: string | undefined): PageOptions {
  return { limit, ...(revision !== undefined && { revision }), ...(after !== undefined && { after }) };
}

import { hasGrpcCode } from "@dingi/grpc";
import { CompactedError, FIRST_REVISION, type Revision, type StoreEvent } from "../store.ts";
import type { HistoryPage } from "../watch/watcher.ts";
import type { EtcdClient } from "./etcd-client.ts";
import type { KeyRange, KeySpace } from "./key-space.ts";
import { RANGE } from "./messages.ts";
import { askUntil, WatchStream } from "./watch-stream.ts";

const PAGE_EVENTS = 1000;

interface HistoryOptions {
  readonly client: EtcdClient;
  readonly keys: KeySpace;
  readonly signal: AbortSignal;
}

/** What a finished watch of the past saw, or what ended it. */
type Past = HistoryPage | { readonly error: unknown };

/** etcd tells its past only by watches, so each page is one. */
export class History {
  readonly #options: HistoryOptions;

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  /** Throws CompactedError. */
  async read(prefix: string, after: Revision, through: Revision): Promise<HistoryPage> {
    await this.#requireKept(Math.max(after, FIRST_REVISION));
    const past = await this.#watch(this.#options.keys.range(prefix), after, through);
    if ("error" in past) throw past.error;
    return past;
  }

  /** The revision of the last compaction. */
  async compactedRevision(): Promise<Revision> {
    const past = await this.#watch(this.#options.keys.all, 0, FIRST_REVISION);
    if (!("error" in past)) return FIRST_REVISION;
    if (past.error instanceof CompactedError) return past.error.compactedRevision;
    throw past.error;
  }

  /** A watch from the revision after next to the last compaction would be served, but without previous values. */
  async #requireKept(revision: Revision): Promise<void> {
    const { client, keys, signal } = this.#options;
    try {
      await client.read(RANGE, { key: keys.all.key, revision, countOnly: true }, signal);
    } catch (error) {
      if (!hasGrpcCode(error, "OutOfRange")) throw error;
      throw new CompactedError(await this.compactedRevision());
    }
  }

  async #watch(range: KeyRange, after: Revision, through: Revision): Promise<Past> {
    const { promise, resolve } = Promise.withResolvers<Past>();
    const events: StoreEvent[] = [];
    const done = new AbortController();
    const stream = await WatchStream.open({
      ...this.#options,
      range,
      after,
      onEvents: (more) => {
        events.push(...more.filter((event) => event.revision <= through));
        const last = more.at(-1)!.revision;
        if (last >= through) resolve({ events, through });
        else if (events.length >= PAGE_EVENTS) resolve({ events, through: last });
      },
      onProgress: (revision) => revision >= through && resolve({ events, through }),
    });
    stream.ended.catch((error: unknown) => resolve({ error }));
    const asking = askUntil(done.signal, this.#options.client.clock, () => stream.requestProgress());
    const past = await promise;
    done.abort();
    stream.close();
    await asking;
    return past;
  }
}

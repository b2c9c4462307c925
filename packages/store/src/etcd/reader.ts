import { hasGrpcCode } from "@dingi/grpc";
import { CompactedError, FutureRevisionError } from "../store.ts";
import type { Entry, RangeOptions, RangeResult, Revision } from "../store.ts";
import type { EtcdClient } from "./etcd-client.ts";
import type { History } from "./history.ts";
import type { KeySpace } from "./key-space.ts";
import { RANGE, type RangeRequestValue, type RangeResponseValue } from "./messages.ts";
import { PageSize } from "./page-size.ts";
import { entryOf } from "./watch-stream.ts";

/** What etcd acknowledged last, also for others. */
export async function currentRevision(client: EtcdClient, keys: KeySpace): Promise<Revision> {
  const { header } = await client.read(RANGE, { key: keys.all.key, countOnly: true });
  return header!.revision;
}

/** Linearizable reads. */
export class Reader {
  readonly #client: EtcdClient;
  readonly #keys: KeySpace;
  readonly #history: History;

  constructor(client: EtcdClient, keys: KeySpace, history: History) {
    this.#client = client;
    this.#keys = keys;
    this.#history = history;
  }

  async get(key: string): Promise<Entry | undefined> {
    const { kvs } = await this.#client.read(RANGE, { key: this.#keys.toEtcd(key) });
    return kvs[0] && entryOf(kvs[0], this.#keys);
  }

  /** In pages, so that no answer is larger than a few megabytes. */
  async range(prefix: string, options: RangeOptions): Promise<RangeResult> {
    const { limit = Infinity, signal } = options;
    const size = new PageSize();
    const entries: Entry[] = [];
    // 0 is the newest to etcd.
    let { revision = 0, after } = options;
    for (;;) {
      signal?.throwIfAborted();
      const want = limitOf(Math.min(limit - entries.length, size.next));
      const page = await this.#page({ ...this.#keys.range(prefix, after), ...want, revision }, signal);
      for (const kv of page.kvs) entries.push(entryOf(kv, this.#keys));
      size.seen(page.kvs);
      revision ||= page.header!.revision;
      after = entries.at(-1)?.key ?? after;
      const remaining = page.count - page.kvs.length;
      if (remaining === 0 || entries.length >= limit) return { entries, revision, remaining };
    }
  }

  async #page(request: RangeRequestValue, signal?: AbortSignal): Promise<RangeResponseValue> {
    try {
      return await this.#client.read(RANGE, request, signal);
    } catch (error) {
      if (!hasGrpcCode(error, "OutOfRange")) throw error;
      const current = await currentRevision(this.#client, this.#keys);
      if (request.revision! > current) throw new FutureRevisionError(current);
      throw new CompactedError(await this.#history.compactedRevision());
    }
  }
}

/** A limit of 0 would be none to etcd. */
function limitOf(want: number): Pick<RangeRequestValue, "limit" | "countOnly"> {
  return want === 0 ? { countOnly: true } : { limit: want };
}

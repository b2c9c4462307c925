import { CompactedError, FutureRevisionError } from "../../store.ts";
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
} from "../../store.ts";

/**
 * A store that looks as if it began at revision 1, over one whose revisions began `by` higher: many tests can then have
 * "an empty store" in one etcd, each below a prefix of its own.
 */
export class ShiftedStore implements Store {
  readonly #store: Store;
  readonly #by: number;
  readonly #clear: () => Promise<void>;

  constructor(store: Store, options: { readonly by: number; readonly clear: () => Promise<void> }) {
    this.#store = store;
    this.#by = options.by;
    this.#clear = options.clear;
  }

  async get(key: string): Promise<Entry | undefined> {
    const entry = await this.#store.get(key);
    return entry && this.#entry(entry);
  }

  async range(prefix: string, options: RangeOptions = {}): Promise<RangeResult> {
    const at = options.revision === undefined ? {} : { revision: options.revision + this.#by };
    const found = await this.#explained(this.#store.range(prefix, { ...options, ...at }));
    return {
      entries: found.entries.map((entry) => this.#entry(entry)),
      revision: found.revision - this.#by,
      remaining: found.remaining,
    };
  }

  commit(key: string, change: Change): Promise<CommitResult> {
    const { expected } = change;
    const shifted = expected === "any" || expected === 0 ? expected : expected + this.#by;
    return this.#explained(
      this.#store.commit(key, { ...change, expected: shifted }).then((result) => this.#result(result)),
    );
  }

  watch(options: WatchOptions): AsyncIterable<readonly StoreEvent[]> {
    const watch = this.#store.watch({ ...options, after: options.after + this.#by });
    return { [Symbol.asyncIterator]: () => this.#iterator(watch[Symbol.asyncIterator]()) };
  }

  async readRevision(): Promise<Revision> {
    return (await this.#store.readRevision()) - this.#by;
  }

  compact(revision: Revision): Promise<void> {
    return this.#explained(this.#store.compact(revision + this.#by));
  }

  expire(nowMs: number): Promise<number> {
    return this.#store.expire(nowMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store[Symbol.asyncDispose]();
    await this.#clear();
  }

  #iterator(inner: AsyncIterator<readonly StoreEvent[], undefined>): AsyncIterator<readonly StoreEvent[], undefined> {
    return {
      next: () =>
        this.#explained(
          inner
            .next()
            .then((batch) =>
              batch.done ? batch : { done: false, value: batch.value.map((event) => this.#event(event)) },
            ),
        ),
      return: () => inner.return!(),
    };
  }

  #explained<T>(promise: Promise<T>): Promise<T> {
    return promise.catch((error: unknown) => {
      if (error instanceof CompactedError) throw new CompactedError(error.compactedRevision - this.#by);
      if (error instanceof FutureRevisionError) throw new FutureRevisionError(error.currentRevision - this.#by);
      throw error;
    });
  }

  #entry(entry: Entry): Entry {
    return { ...entry, createRevision: entry.createRevision - this.#by, revision: entry.revision - this.#by };
  }

  #result(result: CommitResult): CommitResult {
    if ("conflict" in result) return { conflict: result.conflict && this.#entry(result.conflict) };
    return { revision: result.revision - this.#by, previous: result.previous && this.#entry(result.previous) };
  }

  #event(event: StoreEvent): StoreEvent {
    const { previous } = event;
    return {
      ...event,
      revision: event.revision - this.#by,
      createRevision: event.createRevision - this.#by,
      ...(previous && { previous: this.#entry(previous) }),
    };
  }
}

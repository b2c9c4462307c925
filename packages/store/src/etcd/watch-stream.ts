import type { Clock } from "@dingi/base";
import type { Exchange } from "@dingi/grpc";
import { GrpcError } from "@dingi/grpc";
import { CompactedError, type Entry, type Revision, type StoreEvent } from "../store.ts";
import type { EtcdClient } from "./etcd-client.ts";
import type { KeyRange, KeySpace } from "./key-space.ts";
import { WATCH, type EventValue, type KeyValueValue, type WatchResponseValue } from "./messages.ts";

const PROGRESS_MS = 100;

interface WatchStreamOptions {
  readonly client: EtcdClient;
  readonly keys: KeySpace;
  readonly range: KeyRange;
  /** Events with a greater revision. */
  readonly after: Revision;
  readonly signal: AbortSignal;
  /** Whole revisions, ascending. */
  readonly onEvents: (events: readonly StoreEvent[]) => void;
  /** All events up to this revision were delivered. */
  readonly onProgress: (revision: Revision) => void;
}

/** One watch of etcd, until its connection ends. */
export class WatchStream {
  readonly #options: WatchStreamOptions;
  readonly #stop = new AbortController();
  readonly #failed = Promise.withResolvers<never>();
  #exchange: Exchange | undefined;
  #fragments: EventValue[] = [];

  private constructor(options: WatchStreamOptions) {
    this.#options = options;
    this.#failed.promise.catch(() => {});
  }

  static async open(options: WatchStreamOptions): Promise<WatchStream> {
    const stream = new WatchStream(options);
    const { client, range, after, signal } = options;
    const either = AbortSignal.any([signal, stream.#stop.signal]);
    const onMessage = (response: WatchResponseValue) => stream.#receive(response);
    const exchange = await client.exchange(WATCH, { signal: either, onMessage });
    exchange.ended.catch((error: unknown) => stream.#fail(error));
    exchange.send({
      create: { ...range, startRevision: after + 1, progressNotify: true, prevKv: true, fragment: true },
    });
    stream.#exchange = exchange;
    return stream;
  }

  /** Rejects when the watch ends: CompactedError, the signal's reason, or what happened to the connection. */
  get ended(): Promise<never> {
    return this.#failed.promise;
  }

  /** Asks how far this watch has come; etcd answers only when it has caught up. */
  requestProgress(): void {
    if (!this.#stop.signal.aborted) this.#exchange?.send({ progress: {} });
  }

  close(): void {
    this.#fail(new GrpcError("Canceled", "The watch was closed"));
  }

  #receive(response: WatchResponseValue): void {
    if (this.#stop.signal.aborted) return;
    if (response.canceled) return this.#fail(cancelError(response));
    this.#fragments.push(...response.events);
    if (response.fragment) return;
    const events = this.#fragments;
    this.#fragments = [];
    if (events.length > 0) this.#deliver(events);
    else if (!response.created && response.header) this.#options.onProgress(response.header.revision);
  }

  #deliver(events: readonly EventValue[]): void {
    const { keys, onEvents } = this.#options;
    const converted: StoreEvent[] = [];
    for (const event of events) {
      const own = eventOf(event, keys);
      if (!own) return this.#fail(new CompactedError(event.kv?.modRevision ?? 0));
      converted.push(own);
    }
    onEvents(converted);
  }

  #fail(error: unknown): void {
    this.#failed.reject(error);
    this.#stop.abort();
  }
}

/** Asks again and again, because etcd does not answer a watch that is behind. */
export async function askUntil(done: AbortSignal, clock: Clock, ask: () => void): Promise<void> {
  while (!done.aborted) {
    ask();
    await clock.sleep(PROGRESS_MS, done).catch(() => {});
  }
}

function cancelError({ compactRevision, cancelReason }: WatchResponseValue): Error {
  if (compactRevision > 0) return new CompactedError(compactRevision);
  return new GrpcError("Unavailable", cancelReason === "" ? "The watch was cancelled" : cancelReason);
}

/** Undefined when a compaction has taken what was there before. */
function eventOf({ type, kv, prevKv }: EventValue, keys: KeySpace): StoreEvent | undefined {
  if (!kv || (!prevKv && (type === "DELETE" || kv.version > 1))) return undefined;
  const [key, revision] = [keys.fromEtcd(kv.key), kv.modRevision];
  const previous = prevKv && { previous: entryOf(prevKv, keys) };
  if (type === "PUT")
    return { type: "put", key, revision, value: kv.value, createRevision: kv.createRevision, ...previous };
  return { type: "delete", key, revision, createRevision: prevKv?.createRevision ?? 0, ...previous };
}

export function entryOf(kv: KeyValueValue, keys: KeySpace): Entry {
  const { value, createRevision, modRevision } = kv;
  return { key: keys.fromEtcd(kv.key), value, createRevision, revision: modRevision };
}

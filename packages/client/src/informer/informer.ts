import {
  isExpired,
  keyOf,
  keyString,
  StatusError,
  type KindDefinition,
  type KubeObject,
  type ObjectKey,
  type V1Status,
  type WatchEvent,
} from "@dingi/apimachinery";
import type { Clock, Logger, Random } from "@dingi/base";
import { describeError } from "@dingi/base";
import { Backoff } from "../backoff.ts";
import { retryAfterMs } from "../transport/retrying.ts";
import type { Client, ListOptions, WatchOptions } from "../client.ts";
import { ObjectIndex, type IndexFunction } from "./object-index.ts";

/** A change as the informer saw it. A deletion that went unseen while disconnected shows the last known state. */
export type InformerEvent<T> =
  | { readonly type: "added"; readonly object: T }
  | { readonly type: "updated"; readonly object: T; readonly previous: T }
  | { readonly type: "deleted"; readonly object: T };

export interface InformerOptions<T extends KubeObject> {
  readonly client: Client;
  readonly kind: KindDefinition<T>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Its objects are shown without anything but their metadata; in process they may have the rest. */
  readonly metadataOnly?: boolean;
  readonly indexes?: Readonly<Record<string, IndexFunction<T>>>;
}

const MIN_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 30_000;
/** A watch that lasted as long was a good one. */
const GOOD_MS = 30_000;
const MIN_TIMEOUT_SECONDS = 300;
const INITIAL_EVENTS_END = "k8s.io/initial-events-end";

/**
 * A local, always current copy of the objects of a kind. Reads are synchronous and return the cache's own objects.
 * Upstream: client-go/tools/cache/{reflector,shared_informer}.go
 */
export class Informer<T extends KubeObject> {
  readonly kind: KindDefinition<T>;
  readonly #options: InformerOptions<T>;
  readonly #objects = new Map<string, T>();
  readonly #indexes = new Map<string, ObjectIndex<T>>();
  readonly #byNamespace = new ObjectIndex<T>(({ metadata }) => [metadata.namespace ?? ""]);
  readonly #handlers = new Set<(event: InformerEvent<T>) => void>();
  readonly #synced = Promise.withResolvers<void>();
  #hasSynced = false;
  #resourceVersion = "";
  /** The server refused to stream its initial state: list instead. */
  #listFirst = false;

  constructor(options: InformerOptions<T>) {
    this.#options = options;
    this.kind = options.kind;
    this.addIndexes(options.indexes ?? {});
  }

  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  /** Resolves once the whole initial state is there and its handlers have been told. */
  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: ObjectKey | string): T | undefined {
    return this.#objects.get(typeof key === "string" ? key : keyString(key));
  }

  /** The newest revision that it has seen; "" before there is one. */
  get resourceVersion(): string {
    return this.#resourceVersion;
  }

  /** Those whose name is not known yet; whoever shares an informer may add what it needs. */
  addIndexes(functions: Readonly<Record<string, IndexFunction<T>>>): void {
    for (const [name, values] of Object.entries(functions)) {
      if (this.#indexes.has(name)) continue;
      const index = new ObjectIndex(values);
      for (const object of this.#objects.values()) index.replace(undefined, object);
      this.#indexes.set(name, index);
    }
  }

  /** In no particular order. */
  list(namespace?: string): T[] {
    return [...(namespace === undefined ? this.#objects.values() : this.#byNamespace.get(namespace))];
  }

  /** The objects for which the index function yields `value`. */
  by(index: string, value: string): Iterable<T> {
    return this.#index(index).get(value);
  }

  /** How many objects `by` yields. */
  count(index: string, value: string): number {
    return this.#index(index).count(value);
  }

  /** Under which there is something. */
  values(index: string): Iterable<string> {
    return this.#index(index).values;
  }

  #index(name: string): ObjectIndex<T> {
    const found = this.#indexes.get(name);
    if (!found) throw new Error(`Informer of "${this.kind.kind}" has no index "${name}"`);
    return found;
  }

  /** Called synchronously for every change, after the cache shows it; what is there already comes as "added" at once. */
  onEvent(handler: (event: InformerEvent<T>) => void): Disposable {
    for (const object of this.#objects.values()) handler({ type: "added", object });
    this.#handlers.add(handler);
    return { [Symbol.dispose]: () => this.#handlers.delete(handler) };
  }

  /** Follows the server until the signal aborts; never throws for a failure of the server. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, random, logger } = this.#options;
    const backoff = new Backoff({ minMs: MIN_BACKOFF_MS, maxMs: MAX_BACKOFF_MS, random });
    while (!signal.aborted) {
      const startedAt = clock.monotonic();
      let wishMs = 0;
      try {
        await this.#follow(signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#recover(error);
        wishMs = retryAfterMs(error) ?? 0;
        logger.debug("Watch failed", { kind: this.kind.kind, error: describeError(error) });
      }
      // Not because it ended in good order: a server may end each watch as soon as it has begun.
      if (clock.monotonic() - startedAt >= GOOD_MS) backoff.reset();
      await clock.sleep(Math.max(backoff.next(), wishMs), signal).catch(() => {});
    }
  }

  #recover(error: unknown): void {
    if (isExpired(error)) this.#resourceVersion = "";
    else if (error instanceof StatusError && (error.code === 422 || error.code === 400)) this.#listFirst = true;
  }

  async #follow(signal: AbortSignal): Promise<void> {
    if (this.#resourceVersion === "" && this.#listFirst) await this.#list(signal);
    const initial = this.#resourceVersion === "" ? new Set<string>() : undefined;
    const { client, random } = this.#options;
    const query: WatchOptions = {
      ...this.#selection,
      resourceVersion: this.#resourceVersion,
      allowWatchBookmarks: true,
      timeoutSeconds: Math.floor(MIN_TIMEOUT_SECONDS * (1 + random.float())),
      ...(initial ? { sendInitialEvents: true, resourceVersionMatch: "NotOlderThan" } : {}),
      signal,
    };
    let pending = initial;
    for await (const events of client.watch(this.kind, query)) {
      for (const event of events) pending = this.#take(event, pending);
    }
  }

  /** Returns the keys seen so far while the initial state is still coming. */
  #take(event: WatchEvent<T>, initial: Set<string> | undefined): Set<string> | undefined {
    if (event.type === "ERROR") throw new StatusError(event.object as unknown as V1Status);
    const { resourceVersion = "", annotations } = event.object.metadata;
    if (event.type === "BOOKMARK") {
      this.#resourceVersion = resourceVersion;
      if (!initial || annotations?.[INITIAL_EVENTS_END] !== "true") return initial;
      this.#dropUnseen(initial);
      this.#markSynced();
      return undefined;
    }
    const key = keyString(keyOf(event.object));
    if (event.type === "DELETED") this.#delete(key, event.object);
    else this.#set(key, event.object);
    if (initial) initial.add(key);
    else this.#resourceVersion = resourceVersion;
    return initial;
  }

  get #selection(): ListOptions {
    const { namespace, labelSelector, fieldSelector, metadataOnly } = this.#options;
    return {
      ...(namespace === undefined ? {} : { namespace }),
      ...(labelSelector === undefined ? {} : { labelSelector }),
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
      ...(metadataOnly === undefined ? {} : { metadataOnly }),
    };
  }

  async #list(signal: AbortSignal): Promise<void> {
    const list = await this.#options.client.list(this.kind, { ...this.#selection, signal });
    const seen = new Set<string>();
    for (const object of list.items) {
      const key = keyString(keyOf(object));
      seen.add(key);
      this.#set(key, object);
    }
    this.#dropUnseen(seen);
    this.#resourceVersion = list.metadata.resourceVersion ?? "";
    this.#markSynced();
  }

  #markSynced(): void {
    this.#hasSynced = true;
    this.#synced.resolve();
  }

  #dropUnseen(seen: ReadonlySet<string>): void {
    for (const [key, object] of this.#objects) if (!seen.has(key)) this.#delete(key, object);
  }

  #set(key: string, object: T): void {
    const previous = this.#objects.get(key);
    if (
      previous?.metadata.resourceVersion === object.metadata.resourceVersion &&
      previous?.metadata.uid === object.metadata.uid
    )
      return;
    this.#objects.set(key, object);
    this.#reindex(previous, object);
    this.#emit(previous ? { type: "updated", object, previous } : { type: "added", object });
  }

  #delete(key: string, object: T): void {
    const previous = this.#objects.get(key);
    if (!previous) return;
    this.#objects.delete(key);
    this.#reindex(previous, undefined);
    this.#emit({ type: "deleted", object });
  }

  #reindex(previous: T | undefined, object: T | undefined): void {
    this.#byNamespace.replace(previous, object);
    for (const index of this.#indexes.values()) index.replace(previous, object);
  }

  #emit(event: InformerEvent<T>): void {
    for (const handler of this.#handlers) handler(event);
  }
}

import { PersistentMap, type ByteBudget, type ReadonlyPersistentMap } from "@dingi/base";
import type { AnyKind } from "@dingi/apimachinery";
import type { Revision, StoreEvent } from "@dingi/store";
import { CacheEvent } from "./cache-event.ts";
import { Audience } from "./audience.ts";
import type { CacheWatcher } from "./cache-watcher.ts";
import { selectionText, type Selection } from "./selection.ts";
import type { Stored } from "./stored.ts";
import { decodeValue, storedOf } from "./value-codec.ts";
import type { KubeObject } from "@dingi/apimachinery";
import type { WatchPacer } from "./watch-pacer.ts";
import { WatchHistory } from "./watch-history.ts";
import { WatcherIndex } from "./watcher-index.ts";

/** What all kinds share. */
export interface CacheBudgets {
  /** For the changes that watches can go back. */
  readonly history: ByteBudget;
  /** For the changes that watchers have not taken yet. */
  readonly watchers: ByteBudget;
}

interface Pending {
  readonly value: Uint8Array;
  readonly object: KubeObject;
}

/**
 * All objects of one kind as of the newest revision, the recent changes, and who watches them.
 *
 * Events are applied in revision order and in one synchronous step, so a snapshot is always of one revision.
 *
 * It may be loaded while events come already, and it may be closed: then those who use it still see what is written, until
 * the last of them has finished.
 */
export class ResourceCache implements Disposable {
  readonly kind: AnyKind;
  /** "/registry/pods/" */
  readonly prefix: string;
  #content = new PersistentMap<Stored>();
  #bytes = 0;
  readonly #history: WatchHistory;
  readonly #budgets: CacheBudgets;
  readonly #interests: WatcherIndex<Audience>;
  /** By what they watch and whether they are paced. */
  readonly #audiences = new Map<string, { readonly audience: Audience; readonly remove: () => void }>();
  readonly #pending = new Map<string, Pending[]>();
  readonly #listeners = new Set<(event: CacheEvent) => void>();
  /** While it is loaded: the keys that changed meanwhile, of which the events know more than what is loaded. */
  #changed: Set<string> | undefined;
  #closed = false;
  #uses = 0;
  readonly #idle = Promise.withResolvers<void>();

  constructor(kind: AnyKind, startRevision: Revision, budgets: CacheBudgets) {
    this.kind = kind;
    this.prefix = `/registry/${kind.storagePath}/`;
    this.#budgets = budgets;
    this.#history = new WatchHistory(startRevision, budgets.history);
    this.#interests = new WatcherIndex(kind);
  }

  /** One that is to be loaded while it is told of changes, and begins after that. */
  static loading(kind: AnyKind, budgets: CacheBudgets): ResourceCache {
    const cache = new ResourceCache(kind, 0, budgets);
    cache.#changed = new Set();
    return cache;
  }

  /** Everything is loaded, as of the newest revision. Watches can go back to `revision`, since when nothing has changed. */
  begin(revision: Revision): void {
    this.#changed = undefined;
    this.#history.begin(revision);
  }

  /** Its kind is not served any more, or by another cache: watchers are told what has happened so far, and no more. */
  close(): void {
    this.#closed = true;
    for (const { audience } of this.#audiences.values()) audience.end();
    if (this.#uses === 0) this.#idle.resolve();
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Resolves once it is closed and nobody uses it. */
  get idle(): Promise<void> {
    return this.#idle.promise;
  }

  /** For as long as a request works with it. */
  use(): Disposable {
    this.#uses++;
    return {
      [Symbol.dispose]: () => {
        if (--this.#uses === 0 && this.#closed) this.#idle.resolve();
      },
    };
  }

  /** Lets go of everything. */
  [Symbol.dispose](): void {
    this.close();
    this.#content = new PersistentMap();
    this.#bytes = 0;
    this.#history[Symbol.dispose]();
  }

  /** Nothing has changed since. */
  get quietSince(): Revision {
    return this.#history.newest;
  }

  get watcherCount(): number {
    let count = 0;
    for (const { audience } of this.#audiences.values()) count += audience.size;
    return count;
  }

  /** Of all objects together, in JSON. */
  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#content.size;
  }

  get isEmpty(): boolean {
    return this.#content.size === 0;
  }

  get(key: string): Stored | undefined {
    return this.#content.get(key);
  }

  snapshot(): ReadonlyPersistentMap<Stored> {
    return this.#content.snapshot();
  }

  /** The content at an earlier revision, when the history still reaches there. */
  snapshotAt(revision: Revision, newest: Revision): ReadonlyPersistentMap<Stored> | undefined {
    if (this.#history.newest <= revision) return revision <= newest ? this.snapshot() : undefined;
    return this.#history.contentAt(revision);
  }

  /** Remembers the object of a value that is about to be committed, so that its event need not be decoded. */
  expect(key: string, value: Uint8Array, object: KubeObject): void {
    const list = this.#pending.get(key);
    if (list) list.push({ value, object });
    else this.#pending.set(key, [{ value, object }]);
  }

  /** The commit has been answered: its event came already, or never will. */
  forget(key: string, value: Uint8Array): void {
    const rest = this.#pending.get(key)?.filter((pending) => pending.value !== value) ?? [];
    if (rest.length > 0) this.#pending.set(key, rest);
    else this.#pending.delete(key);
  }

  load(key: string, value: Uint8Array, revision: Revision): void {
    if (!this.#changed?.has(key)) this.#show(key, decodeValue(this.kind, key, value, revision));
  }

  apply(storeEvent: StoreEvent): void {
    const key = storeEvent.key.slice(this.prefix.length);
    if (this.#changed) return this.#applyWhileLoading(this.#changed, key, storeEvent);
    const previous = this.#content.get(key);
    const current = storeEvent.value && this.#decode(key, storeEvent.value, storeEvent.revision);
    this.#show(key, current, previous);
    if (this.#closed || (!current && !previous)) return;
    const event = new CacheEvent(storeEvent.revision, current, previous);
    this.#history.remember(event, this.#content.snapshot());
    for (const audience of this.#interests.interested(event)) audience.offer(event);
    for (const listener of this.#listeners) listener(event);
  }

  /** What is loaded may be newer than an event: the feed may be behind the store. */
  #applyWhileLoading(changed: Set<string>, key: string, { value, revision }: StoreEvent): void {
    if ((this.#content.get(key)?.revision ?? 0) > revision) return;
    changed.add(key);
    this.#show(key, value && this.#decode(key, value, revision));
  }

  #show(key: string, current: Stored | undefined, previous: Stored | undefined = this.#content.get(key)): void {
    this.#bytes += (current?.size ?? 0) - (previous?.size ?? 0);
    if (current) this.#content.set(key, current);
    else this.#content.delete(key);
  }

  /** Calls back synchronously for every change, for indexes inside the API server. */
  onEvent(listener: (event: CacheEvent) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  /**
   * Opens a watch of everything after `after`; the newest state when absent. What lies between is pending at once.
   * Throws StatusError 410 when the history does not reach back that far. Dispose of the result to end it.
   */
  watch(selection: Selection, after: Revision | undefined, pacer?: WatchPacer): { watcher: CacheWatcher } & Disposable {
    const missed = after === undefined || this.#closed ? [] : this.#history.since(after);
    const key = `${pacer ? "paced" : "at once"} ${selectionText(selection)}`;
    const audience = this.#audience(key, selection, pacer);
    const watcher = audience.join(missed);
    if (this.#closed) watcher.end();
    return { watcher, [Symbol.dispose]: () => this.#leave(key, watcher) };
  }

  #audience(key: string, selection: Selection, pacer: WatchPacer | undefined): Audience {
    const known = this.#audiences.get(key);
    if (known) return known.audience;
    const audience = new Audience(this.kind, selection, {
      budget: this.#budgets.watchers,
      ...(pacer ? { pacer } : {}),
    });
    this.#audiences.set(key, { audience, remove: this.#interests.add(audience) });
    return audience;
  }

  #leave(key: string, watcher: CacheWatcher): void {
    const known = this.#audiences.get(key);
    known?.audience.leave(watcher);
    if (known?.audience.size !== 0) return;
    known.remove();
    known.audience[Symbol.dispose]();
    this.#audiences.delete(key);
  }

  #decode(key: string, value: Uint8Array, revision: Revision): Stored {
    const pending = this.#pending.get(key)?.find((candidate) => sameBytes(candidate.value, value));
    return pending
      ? storedOf(this.kind, key, pending.object, pending.value, revision)
      : decodeValue(this.kind, key, value, revision);
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a === b || (a.length === b.length && Buffer.compare(a, b) === 0);
}

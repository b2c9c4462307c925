import type { AnyKind } from "@dingi/apimachinery";
import type { CacheEvent } from "./cache-event.ts";
import { CacheWatcher } from "./cache-watcher.ts";
import { selects, type Selection } from "./selection.ts";
import type { Stored } from "./stored.ts";
import { WatchBatch, type WatchItem } from "./watch-batch.ts";
import type { Paced, WatchPacer } from "./watch-pacer.ts";

/** A watcher that falls this many changes behind is cut off; its client lists or resumes. */
const MAX_BEHIND = 10_000;

/**
 * Everyone who watches the same of one kind. What changes is looked at once for all of them, kept once, and told in the
 * same batches, so that each batch is turned into bytes once; only writing it is done for each.
 */
export class Audience implements Paced {
  readonly selection: Selection;
  readonly #kind: AnyKind;
  readonly #everything: boolean;
  /** Absent for watchers in this process, who are told at once. */
  readonly #pacer: WatchPacer | undefined;
  readonly #watchers = new Set<CacheWatcher>();
  /** The changes that somebody has not taken yet. Positions count from the audience's first change. */
  #log: WatchItem[] = [];
  #logStart = 0;
  /** The changes before this position may be taken. */
  #told = 0;
  #paced = false;
  #latest: { readonly from: number; readonly to: number; readonly batch: WatchBatch } | undefined;

  constructor(kind: AnyKind, selection: Selection, pacer?: WatchPacer) {
    this.#kind = kind;
    this.selection = selection;
    this.#pacer = pacer;
    this.#everything = selection.namespace === "" && !selection.labels && !selection.fields;
  }

  get size(): number {
    return this.#watchers.size;
  }

  get told(): number {
    return this.#told;
  }

  /** A watcher who is told of `missed` first, and then of what comes from now on. */
  join(missed: Iterable<CacheEvent>): CacheWatcher {
    const items = [...missed].map((event) => this.#see(event)).filter((item) => item !== undefined);
    const watcher = new CacheWatcher(this, this.#logStart + this.#log.length, items);
    this.#watchers.add(watcher);
    return watcher;
  }

  leave(watcher: CacheWatcher): void {
    this.#watchers.delete(watcher);
  }

  offer(event: CacheEvent): void {
    const item = this.#see(event);
    if (!item) return;
    this.#log.push(item);
    if (!this.#pacer) this.release();
    else if (!this.#paced) {
      this.#paced = true;
      this.#pacer.add(this);
    }
  }

  /** Lets what has come be told; returns to how many. */
  release(): number {
    this.#paced = false;
    this.#forgetTaken();
    this.#told = this.#logStart + this.#log.length;
    for (const watcher of this.#watchers) watcher.nudge();
    return this.#watchers.size;
  }

  /** What may be told from there on: the same batch for all who ask from the same position. */
  batchFrom(from: number): WatchBatch | undefined {
    const to = this.#told;
    if (from >= to) return undefined;
    if (this.#latest?.from === from && this.#latest.to === to) return this.#latest.batch;
    const batch = new WatchBatch(this.#log.slice(from - this.#logStart, to - this.#logStart));
    this.#latest = { from, to, batch };
    return batch;
  }

  #forgetTaken(): void {
    const end = this.#logStart + this.#log.length;
    let oldest = end;
    for (const watcher of this.#watchers) {
      if (end - watcher.position > MAX_BEHIND) {
        this.#watchers.delete(watcher);
        watcher.close();
      } else oldest = Math.min(oldest, watcher.position);
    }
    this.#log.splice(0, oldest - this.#logStart);
    this.#logStart = oldest;
    this.#latest = undefined;
  }

  #see(event: CacheEvent): WatchItem | undefined {
    const { current, previous } = event;
    const now = current !== undefined && this.#matches(current);
    const before = previous !== undefined && this.#matches(previous);
    if (now) return { type: before ? "MODIFIED" : "ADDED", stored: current };
    return before ? { type: "DELETED", stored: event.gone } : undefined;
  }

  #matches(stored: Stored): boolean {
    return this.#everything || selects(this.#kind, this.selection, stored.object);
  }
}

import type { AnyKind } from "@dingi/apimachinery";
import type { ByteBudget, ByteHolder } from "@dingi/base";
import type { CacheEvent } from "./cache-event.ts";
import { CacheWatcher } from "./cache-watcher.ts";
import { selects, type Selection } from "./selection.ts";
import type { Stored } from "./stored.ts";
import { batchLength, WatchBatch, type WatchItem } from "./watch-batch.ts";
import type { Paced, WatchPacer } from "./watch-pacer.ts";

/** A watcher that falls this many changes behind is cut off; its client lists or resumes. */
const MAX_BEHIND = 10_000;

interface AudienceOptions {
  readonly pacer?: WatchPacer;
  readonly budget: ByteBudget;
}

/**
 * Everyone who watches the same of one kind. What changes is looked at once for all of them, kept once, and told in the
 * same batches, so that each batch is turned into bytes once; only writing it is done for each.
 */
export class Audience implements Paced, ByteHolder, Disposable {
  readonly selection: Selection;
  readonly #kind: AnyKind;
  readonly #everything: boolean;
  /** Absent for watchers in this process, who are told at once. */
  readonly #pacer: WatchPacer | undefined;
  readonly #budget: ByteBudget;
  readonly #place: Disposable;
  #bytes = 0;
  readonly #watchers = new Set<CacheWatcher>();
  /** The changes that somebody has not taken yet. Positions count from the audience's first change. */
  #log: WatchItem[] = [];
  #logStart = 0;
  /** The changes before this position may be taken. */
  #told = 0;
  #paced = false;
  #latest: { readonly from: number; readonly to: number; readonly batch: WatchBatch } | undefined;

  constructor(kind: AnyKind, selection: Selection, { pacer, budget }: AudienceOptions) {
    this.#kind = kind;
    this.selection = selection;
    this.#pacer = pacer;
    this.#budget = budget;
    this.#place = budget.join(this);
    this.#everything = selection.namespace === "" && !selection.labels && !selection.fields;
  }

  get size(): number {
    return this.#watchers.size;
  }

  /** Of what somebody has not taken yet. */
  get bytes(): number {
    return this.#bytes;
  }

  get told(): number {
    return this.#told;
  }

  /** A watcher who is told of `missed` first, and then of what comes from now on. */
  join(missed: Iterable<CacheEvent>): CacheWatcher {
    const items = [...missed].map((event) => this.#see(event)).filter((item) => item !== undefined);
    const watcher = new CacheWatcher(this, this.#logStart + this.#log.length, items);
    this.#watchers.add(watcher);
    this.#count(watcher.missedBytes);
    return watcher;
  }

  leave(watcher: CacheWatcher): void {
    if (this.#watchers.delete(watcher)) this.#count(-watcher.missedBytes);
  }

  /** A watcher has taken what it had missed. */
  caughtUp(bytes: number): void {
    this.#count(-bytes);
  }

  /** Cuts off those who are behind. */
  giveWay(): void {
    for (const watcher of this.#watchers)
      if (watcher.missedBytes > 0 || watcher.position < this.#told) this.#cutOff(watcher);
    this.#forgetTaken();
  }

  /** Nobody is left to take anything; the pacer may still know the audience, and releases it once more. */
  [Symbol.dispose](): void {
    this.#forgetTaken();
    this.#place[Symbol.dispose]();
  }

  /** Nothing more comes: what has come is told now, and then the watchers are done. */
  end(): void {
    this.release();
    for (const watcher of this.#watchers) watcher.end();
  }

  offer(event: CacheEvent): void {
    const item = this.#see(event);
    if (!item) return;
    this.#log.push(item);
    this.#count(item.stored.size);
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
    if (from >= this.#told) return undefined;
    if (this.#latest?.from === from && this.#latest.to === this.#told) return this.#latest.batch;
    const first = from - this.#logStart;
    const length = batchLength(this.#log, first, this.#told - this.#logStart);
    const batch = new WatchBatch(this.#log.slice(first, first + length));
    this.#latest = { from, to: this.#told, batch };
    return batch;
  }

  #forgetTaken(): void {
    const end = this.#logStart + this.#log.length;
    let oldest = end;
    for (const watcher of this.#watchers) {
      if (end - watcher.position > MAX_BEHIND) this.#cutOff(watcher);
      else oldest = Math.min(oldest, watcher.position);
    }
    const taken = this.#log.splice(0, oldest - this.#logStart);
    this.#logStart = oldest;
    this.#latest = undefined;
    this.#count(-taken.reduce((sum, { stored }) => sum + stored.size, 0));
  }

  #cutOff(watcher: CacheWatcher): void {
    this.leave(watcher);
    watcher.close();
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    this.#budget.changed(bytes);
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

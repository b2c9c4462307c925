import type { AnyKind } from "@dingi/apimachinery";
import type { CacheEvent } from "./cache-event.ts";
import type { WatchPacer } from "./watch-pacer.ts";
import { selects, type Selection } from "./selection.ts";
import type { Stored } from "./stored.ts";

/** What one watcher is told of one change. */
export interface WatchItem {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly stored: Stored;
}

/** A watcher that falls this many changes behind is cut off; its client lists or resumes. */
const MAX_PENDING = 10_000;

/** One open watch: takes events as they come and hands them out in arrays, as fast as they are pulled. */
export class CacheWatcher {
  readonly selection: Selection;
  readonly #kind: AnyKind;
  readonly #everything: boolean;
  /** Absent for a watcher in this process, who is told at once. */
  readonly #pacer: WatchPacer | undefined;
  #pending: WatchItem[] = [];
  #wake: (() => void) | undefined;
  #closed = false;
  #paced = false;

  constructor(kind: AnyKind, selection: Selection, pacer?: WatchPacer) {
    this.#pacer = pacer;
    this.#kind = kind;
    this.selection = selection;
    this.#everything = selection.namespace === "" && !selection.labels && !selection.fields;
  }

  /** Whether the watcher was cut off because it did not keep up. */
  get closed(): boolean {
    return this.#closed;
  }

  offer(event: CacheEvent): void {
    const item = this.#see(event);
    if (!item || this.#closed) return;
    if (this.#pending.length >= MAX_PENDING) this.#close();
    else this.#pending.push(item);
    if (!this.#pacer || this.#closed) return this.#wake?.();
    if (this.#paced) return;
    this.#paced = true;
    this.#pacer.add(this);
  }

  /** The pacer lets what is pending be told. */
  release(): void {
    this.#paced = false;
    this.#wake?.();
  }

  /** Takes what is pending, without waiting. */
  drain(): readonly WatchItem[] {
    const items = this.#pending;
    if (items.length > 0) this.#pending = [];
    return items;
  }

  /** Resolves as soon as what is pending may be told, or the watcher was closed. */
  ready(): Promise<void> {
    if ((this.#pending.length > 0 && !this.#paced) || this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        resolve();
      };
    });
  }

  /** Wakes a waiting consumer, for instance because its request ended. */
  nudge(): void {
    this.#wake?.();
  }

  #close(): void {
    this.#closed = true;
    this.#pending = [];
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

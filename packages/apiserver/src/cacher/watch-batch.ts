import type { Stored } from "./stored.ts";

/** What a watcher is told of one change. */
export interface WatchItem {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly stored: Stored;
}

/** Of the objects of a batch: its bytes are made, and wait to be sent, as a whole. */
const BATCH_BYTES = 1024 * 1024;
const BATCH_ITEMS = 500;

/** How many of the items from `from` on go into one batch; one at least. */
export function batchLength(items: readonly WatchItem[], from: number, to = items.length): number {
  const most = Math.min(to - from, BATCH_ITEMS);
  let bytes = 0;
  for (let count = 0; count < most; count++) {
    bytes += items[from + count]!.stored.size;
    if (bytes > BATCH_BYTES) return Math.max(1, count);
  }
  return most;
}

/** Changes that are told together. Watchers who are told the same share it, and the bytes that are made of it. */
export class WatchBatch {
  readonly items: readonly WatchItem[];
  readonly #representations = new Map<string, Uint8Array>();

  constructor(items: readonly WatchItem[]) {
    this.items = items;
  }

  /** The bytes of that name, made once. */
  represent(name: string, make: () => Uint8Array): Uint8Array {
    const known = this.#representations.get(name);
    if (known) return known;
    const made = make();
    this.#representations.set(name, made);
    return made;
  }
}

import type { Stored } from "./stored.ts";

/** What a watcher is told of one change. */
export interface WatchItem {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly stored: Stored;
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

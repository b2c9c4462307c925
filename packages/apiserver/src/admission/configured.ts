import type { ResourceCache } from "../cacher/resource-cache.ts";
import type { Stored } from "../cacher/stored.ts";

/** What each object of a kind is made into once, in the order of the objects' names; in force with the write that made it. */
export class Configured<T> {
  readonly #cache: ResourceCache;
  readonly #make: (stored: Stored) => T;
  #made = new Map<Stored, T>();
  #inOrder: readonly T[] | undefined;

  constructor(cache: ResourceCache, make: (stored: Stored) => T) {
    this.#cache = cache;
    this.#make = make;
    cache.onEvent(() => (this.#inOrder = undefined));
  }

  get all(): readonly T[] {
    return (this.#inOrder ??= this.#renew());
  }

  /** What has not changed is not made anew. */
  #renew(): readonly T[] {
    const made = new Map<Stored, T>();
    for (const stored of this.#cache.snapshot().values())
      made.set(stored, this.#made.get(stored) ?? this.#make(stored));
    this.#made = made;
    return [...made.values()];
  }
}

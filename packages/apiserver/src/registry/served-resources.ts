import type { AnyKind, ServedKinds } from "@dingi/apimachinery";
import type { StoreFeed } from "../cacher/store-feed.ts";

/**
 * Brings kinds into service and takes them out: what is stored of a kind is at hand before the first request for it, and
 * until the last one is answered.
 */
export class ServedResources {
  readonly #kinds: ServedKinds;
  readonly #feed: StoreFeed;
  readonly #handles = new Map<AnyKind, Disposable>();

  constructor(kinds: ServedKinds, feed: StoreFeed) {
    this.#kinds = kinds;
    this.#feed = feed;
  }

  /** Throws when a resource or a kind of the name is served already. */
  async serve(kind: AnyKind): Promise<void> {
    await this.#feed.add(kind);
    await this.#orForget(kind, () => this.#kinds.serve(kind));
  }

  /**
   * Another definition in a kind's place, without a moment between the two. Requests that have begun end by the old one;
   * watchers are told what came until now and watch on, from where they are, by the new one.
   */
  async replace(kind: AnyKind, next: AnyKind): Promise<void> {
    await this.#feed.add(next, kind);
    await this.#orForget(next, () => this.#kinds.replace(kind, next));
    this.#handles.delete(kind);
    await this.#feed.remove(kind);
  }

  /** Resolves when nothing is read or written of the kind any more. What is stored stays stored. */
  async remove(kind: AnyKind): Promise<void> {
    this.#handles.get(kind)?.[Symbol.dispose]();
    this.#handles.delete(kind);
    await this.#feed.remove(kind);
  }

  async #orForget(kind: AnyKind, publish: () => Disposable): Promise<void> {
    try {
      this.#handles.set(kind, publish());
    } catch (error) {
      await this.#feed.remove(kind);
      throw error;
    }
  }
}

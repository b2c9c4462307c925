import type { KindDefinition, KubeObject } from "@dingi/apimachinery";
import type { StoreFeed } from "../cacher/store-feed.ts";

/** Which of a kind's objects is the one for those that name none; looked for again once one of them has changed. */
export class DefaultClass {
  readonly #find: () => string | undefined;
  #known: { readonly name: string | undefined } | undefined;

  private constructor(find: () => string | undefined) {
    this.#find = find;
  }

  static of<T extends KubeObject>(
    feed: StoreFeed,
    kind: KindDefinition<T>,
    choose: (classes: readonly T[]) => T | undefined,
  ): DefaultClass {
    const cache = feed.cache(kind);
    const found = new DefaultClass(() => {
      const classes = [...cache.snapshot().values()].map(({ object }) => object as unknown as T);
      return choose(classes)?.metadata.name;
    });
    cache.onEvent(() => (found.#known = undefined));
    return found;
  }

  get name(): string | undefined {
    this.#known ??= { name: this.#find() };
    return this.#known.name;
  }
}

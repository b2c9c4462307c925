import { keyOf, keyString, type KubeObject, type ObjectKey } from "@dingi/apimachinery";
import type { Informer } from "@dingi/client";

interface Assumed<T> {
  readonly object: T;
  /** Of what it was made of: it holds as long as the informer shows that. */
  readonly base: string | undefined;
}

/** What the informer shows, with decisions that the API server does not show yet. Upstream: …/volumebinding/passive_assume_cache.go */
export class AssumeCache<T extends KubeObject> {
  readonly #informer: Informer<T>;
  readonly #assumed = new Map<string, Assumed<T>>();

  constructor(informer: Informer<T>) {
    this.#informer = informer;
    informer.onEvent(({ type, object }) => {
      const key = keyString(keyOf(object));
      const known = this.#assumed.get(key);
      if (known && (type === "deleted" || object.metadata.resourceVersion !== known.base)) this.#assumed.delete(key);
    });
  }

  get(key: ObjectKey): T | undefined {
    return this.#assumed.get(keyString(key))?.object ?? this.#informer.get(key);
  }

  /** As the informer shows it. */
  shown(key: ObjectKey): T | undefined {
    return this.#informer.get(key);
  }

  /** By an index of the informer; what is assumed may have left its entry. */
  by(index: string, value: string): T[] {
    return [...this.#informer.by(index, value)].map((object) => this.get(keyOf(object)) ?? object);
  }

  /** `object` is a changed copy of what `get` returned. */
  assume(object: T): void {
    this.#assumed.set(keyString(keyOf(object)), { object, base: object.metadata.resourceVersion });
  }

  /** Takes back what was assumed; what the informer shows by now stays. */
  restore(object: T): void {
    this.#assumed.delete(keyString(keyOf(object)));
  }
}

import { invariant, Latest } from "@dingi/base";
import type { AnyKind, ReviewDefinition } from "./define-kind.ts";
import { Scheme } from "./scheme.ts";

/**
 * The set of kinds that are served, which changes while it is in use: built-in kinds are in it from the start, others come
 * and go. Who reads takes the scheme of the moment and may keep it for as long as one request lasts.
 */
export class ServedKinds {
  readonly #latest: Latest<Scheme>;

  constructor(kinds: readonly AnyKind[] = [], reviews: readonly ReviewDefinition[] = []) {
    this.#latest = new Latest(new Scheme(kinds, reviews));
  }

  get scheme(): Scheme {
    return this.#latest.current;
  }

  /** Resolves to the newest scheme once it is another than `seen`. Rejects with `signal.reason`. */
  async after(seen: Scheme, signal: AbortSignal): Promise<Scheme> {
    return await this.#latest.after(seen, signal);
  }

  /** Until it is disposed of, or replaced. Throws when a resource or a kind of the name is served already. */
  serve(kind: AnyKind): Disposable {
    this.#latest.set(this.scheme.with(kind));
    return this.#handleOf(kind);
  }

  /** In one step: at no moment is neither served. */
  replace(kind: AnyKind, next: AnyKind): Disposable {
    invariant(this.scheme.kinds.includes(kind), `Kind "${kind.kind}" is replaced and was not served`);
    this.#latest.set(this.scheme.replacing(kind, next));
    return this.#handleOf(next);
  }

  #handleOf(kind: AnyKind): Disposable {
    return {
      [Symbol.dispose]: () => {
        if (this.scheme.kinds.includes(kind)) this.#latest.set(this.scheme.without(kind));
      },
    };
  }
}

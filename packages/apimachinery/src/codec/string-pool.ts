const MAX_ENTRIES = 8192;
const MAX_LENGTH = 128;

/**
 * Objects of a cluster repeat the same names, images and paths thousands of times; here they share one copy. A slice of
 * a request's text would also keep that whole text alive, so what is kept is always a copy.
 */
class StringPool {
  readonly #strings = new Map<string, string>();

  /** The pool's own copy of `slice`; `copy` makes one when it is new. */
  intern(slice: string, copy: () => string): string {
    const known = this.#strings.get(slice);
    if (known !== undefined) return known;
    const own = copy();
    if (own.length > MAX_LENGTH) return own;
    if (this.#strings.size >= MAX_ENTRIES) this.#strings.clear();
    this.#strings.set(own, own);
    return own;
  }
}

export const stringPool = new StringPool();

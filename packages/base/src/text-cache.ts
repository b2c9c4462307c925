interface TextCacheLimits {
  readonly entries: number;
  /** Of one text; longer ones are made anew each time. */
  readonly length: number;
  /** Of all texts together. */
  readonly total?: number;
}

/** What was made of texts that come again and again. Begins anew when it is full: what is in use is soon there again. */
export class TextCache<V> {
  readonly #limits: Required<TextCacheLimits>;
  readonly #values = new Map<string, V>();
  #total = 0;

  constructor({ entries, length, total = entries * length }: TextCacheLimits) {
    this.#limits = { entries, length, total };
  }

  /** A text that is too long to be there is not even hashed. */
  get(text: string): V | undefined {
    return text.length > this.#limits.length ? undefined : this.#values.get(text);
  }

  /** `text` must not be part of something larger that it would keep alive. */
  set(text: string, value: V): void {
    const { entries, length, total } = this.#limits;
    if (text.length > length) return;
    if (this.#values.size >= entries || this.#total + text.length > total) {
      this.#values.clear();
      this.#total = 0;
    }
    this.#values.set(text, value);
    this.#total += text.length;
  }
}

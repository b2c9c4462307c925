interface KeyedHeapOptions<T> {
  readonly key: (item: T) => string;
  /** Whether `a` comes out before `b`; must be a strict order. */
  readonly before: (a: T, b: T) => boolean;
}

/** A priority queue whose items are found, replaced and removed by key. */
export class KeyedHeap<T> {
  readonly #key: (item: T) => string;
  readonly #before: (a: T, b: T) => boolean;
  readonly #items: T[] = [];
  /** Where each key's item stands in `#items`. */
  readonly #positions = new Map<string, number>();

  constructor(options: KeyedHeapOptions<T>) {
    this.#key = options.key;
    this.#before = options.before;
  }

  get size(): number {
    return this.#items.length;
  }

  has(key: string): boolean {
    return this.#positions.has(key);
  }

  get(key: string): T | undefined {
    const position = this.#positions.get(key);
    return position === undefined ? undefined : this.#items[position];
  }

  /** Adds the item, or puts it in place of the one with its key. */
  set(item: T): void {
    const key = this.#key(item);
    const position = this.#positions.get(key) ?? this.#items.length;
    this.#place(item, position);
    this.#restore(position);
  }

  /** Removes and returns the item with this key. */
  delete(key: string): T | undefined {
    const position = this.#positions.get(key);
    if (position === undefined) return undefined;
    const item = this.#items[position]!;
    this.#positions.delete(key);
    const last = this.#items.pop()!;
    if (position < this.#items.length) {
      this.#place(last, position);
      this.#restore(position);
    }
    return item;
  }

  peek(): T | undefined {
    return this.#items[0];
  }

  pop(): T | undefined {
    const first = this.#items[0];
    return first === undefined ? undefined : this.delete(this.#key(first));
  }

  /** In no particular order. */
  values(): IterableIterator<T> {
    return this.#items.values();
  }

  #place(item: T, position: number): void {
    this.#items[position] = item;
    this.#positions.set(this.#key(item), position);
  }

  #restore(position: number): void {
    if (!this.#rise(position)) this.#sink(position);
  }

  #rise(from: number): boolean {
    const item = this.#items[from]!;
    let position = from;
    while (position > 0) {
      const parent = (position - 1) >>> 1;
      if (!this.#before(item, this.#items[parent]!)) break;
      this.#place(this.#items[parent]!, position);
      position = parent;
    }
    if (position === from) return false;
    this.#place(item, position);
    return true;
  }

  #sink(from: number): void {
    const item = this.#items[from]!;
    let position = from;
    for (let child = this.#firstChild(position); child !== undefined; child = this.#firstChild(position)) {
      if (!this.#before(this.#items[child]!, item)) break;
      this.#place(this.#items[child]!, position);
      position = child;
    }
    if (position !== from) this.#place(item, position);
  }

  /** The child that comes out before its sibling. */
  #firstChild(position: number): number | undefined {
    const left = 2 * position + 1;
    const right = left + 1;
    if (left >= this.#items.length) return undefined;
    if (right >= this.#items.length) return left;
    return this.#before(this.#items[right]!, this.#items[left]!) ? right : left;
  }
}

/** The values under which an object is found. */
export type IndexFunction<T> = (object: T) => readonly string[];

const NONE: ReadonlySet<never> = new Set();

/** Objects by a derived value, such as pods by node. */
export class ObjectIndex<T> {
  readonly #values: IndexFunction<T>;
  readonly #sets = new Map<string, Set<T>>();

  constructor(values: IndexFunction<T>) {
    this.#values = values;
  }

  get(value: string): Iterable<T> {
    return this.#sets.get(value) ?? NONE;
  }

  count(value: string): number {
    return this.#sets.get(value)?.size ?? 0;
  }

  get values(): Iterable<string> {
    return this.#sets.keys();
  }

  replace(previous: T | undefined, next: T | undefined): void {
    if (previous) for (const value of this.#values(previous)) this.#remove(value, previous);
    if (next) for (const value of this.#values(next)) this.#add(value, next);
  }

  #add(value: string, object: T): void {
    const set = this.#sets.get(value);
    if (set) set.add(object);
    else this.#sets.set(value, new Set([object]));
  }

  #remove(value: string, object: T): void {
    const set = this.#sets.get(value);
    if (set?.delete(object) && set.size === 0) this.#sets.delete(value);
  }
}

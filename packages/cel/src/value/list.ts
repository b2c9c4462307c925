import type { Value } from "./value.ts";
import { CelList } from "./value.ts";

/** A list of values that exist. */
export class ArrayList extends CelList {
  readonly #values: readonly Value[];

  constructor(values: readonly Value[]) {
    super();
    this.#values = values;
  }

  get size(): number {
    return this.#values.length;
  }

  at(index: number): Value {
    return this.#values[index]!;
  }

  override [Symbol.iterator](): Iterator<Value> {
    return this.#values[Symbol.iterator]();
  }
}

/**
 * What a loop gathers in. It grows in place, so that gathering n elements is n steps; only the loop that made it may
 * add, and its result is an ArrayList.
 */
export class GrowingList extends CelList {
  readonly #values: Value[] = [];

  get size(): number {
    return this.#values.length;
  }

  at(index: number): Value {
    return this.#values[index]!;
  }

  addAll(list: CelList): this {
    for (const value of list) this.#values.push(value);
    return this;
  }

  freeze(): ArrayList {
    return new ArrayList(this.#values);
  }
}

/** Two lists behind each other. */
export class JoinedList extends CelList {
  readonly #first: CelList;
  readonly #second: CelList;
  readonly size: number;

  constructor(first: CelList, second: CelList) {
    super();
    this.#first = first;
    this.#second = second;
    this.size = first.size + second.size;
  }

  at(index: number): Value {
    const size = this.#first.size;
    return index < size ? this.#first.at(index) : this.#second.at(index - size);
  }

  override *[Symbol.iterator](): Iterator<Value> {
    yield* this.#first;
    yield* this.#second;
  }
}

export function stringList(strings: readonly string[]): CelList {
  return new ArrayList(strings);
}

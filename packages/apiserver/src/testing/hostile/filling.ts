export type Json = Record<string, unknown>;

/** As large as a body may be, with room for what is around the filling. */
export const FILLING_BYTES = 3 * 1024 * 1024 - 4096;
/** Of two fillings in one body. */
export const LONG = FILLING_BYTES / 2;

/** What a body is made large with. */
export class Filling {
  readonly #bytes: number;

  constructor(bytes = FILLING_BYTES) {
    this.#bytes = bytes;
  }

  /** As many items as a body holds, or as a part of it does. */
  items(item: (i: number) => unknown, part = 1): unknown[] {
    const items: unknown[] = [];
    for (let left = this.#bytes * part; ;) {
      const next = item(items.length);
      left -= JSON.stringify(next).length + 1;
      if (left < 0) return items;
      items.push(next);
    }
  }

  /** Entries that all have one value. */
  map(key: (i: number) => string, value: unknown, part = 1): Json {
    const each = JSON.stringify(value).length + 4;
    const map: Json = {};
    for (let left = this.#bytes * part, i = 0; ; i++) {
      const name = key(i);
      left -= name.length + each;
      if (left < 0) return map;
      map[name] = value;
    }
  }
}

export const short = (i: number): string => i.toString(36);

export function deep(levels: number): unknown {
  let value: unknown = {};
  for (let i = 0; i < levels; i++) value = i % 2 ? [value] : { a: value };
  return value;
}

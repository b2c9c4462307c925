import { CelDouble, CelUint, intOf, isInt, MAX_INT, MAX_UINT, MIN_INT } from "./numbers.ts";
import type { Value } from "./value.ts";
import { CelMap } from "./value.ts";

/** What JavaScript's Map may tell keys of different types apart by. */
type RawKey = string | number | bigint | boolean;

/** A map of values that exist. */
export class EntryMap extends CelMap {
  readonly #entries = new Map<RawKey, { key: Value; value: Value }>();

  constructor(entries: Iterable<readonly [Value, Value]> = []) {
    super();
    for (const [key, value] of entries) this.set(key, value);
  }

  get size(): number {
    return this.#entries.size;
  }

  *keys(): Iterable<Value> {
    for (const { key } of this.#entries.values()) yield key;
  }

  find(key: Value): Value | undefined {
    for (const candidate of equalKeys(key)) {
      const entry = this.#entries.get(rawKey(candidate)!);
      if (entry) return entry.value;
    }
    return undefined;
  }

  /** For whoever makes the map, before others see it. */
  set(key: Value, value: Value): void {
    this.#entries.set(rawKey(key) ?? "?", { key, value });
  }

  delete(key: Value): void {
    this.#entries.delete(rawKey(key) ?? "?");
  }
}

/** What a loop gathers entries in; grows in place. Its result is an EntryMap. */
export class GrowingMap extends EntryMap {
  freeze(): EntryMap {
    return new EntryMap(entriesOf(this));
  }
}

export function* entriesOf(map: CelMap): Iterable<[Value, Value]> {
  for (const key of map.keys()) yield [key, map.find(key)!];
}

/** May a value be a key at all? */
export function isKey(value: Value): boolean {
  return rawKey(value) !== undefined;
}

function rawKey(key: Value): RawKey | undefined {
  if (typeof key === "string") return `s${key}`;
  if (isInt(key) || typeof key === "boolean") return key;
  if (key instanceof CelUint) return `u${key.value}`;
  return key instanceof CelDouble ? `d${key.value}` : undefined;
}

/** The key itself, then the keys of other number types that equal it. Upstream: github.com/google/cel-go/common/types/map.go#Find */
function equalKeys(key: Value): readonly Value[] {
  if (isInt(key)) return [key, new CelUint(BigInt(key)), new CelDouble(Number(key))];
  if (key instanceof CelUint)
    return key.value <= MAX_INT ? [key, intOf(key.value), new CelDouble(Number(key.value))] : [key];
  return key instanceof CelDouble ? equalToDouble(key) : isKey(key) ? [key] : [];
}

function equalToDouble(key: CelDouble): readonly Value[] {
  if (!Number.isInteger(key.value)) return [key];
  const whole = BigInt(key.value);
  const equal: Value[] = [key];
  if (whole >= MIN_INT && whole <= MAX_INT) equal.push(intOf(whole));
  if (whole >= 0n && whole <= MAX_UINT) equal.push(new CelUint(whole));
  return equal;
}

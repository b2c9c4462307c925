import { isEqual } from "../value/compare.ts";
import { CONVERSIONS } from "../value/convert.ts";
import { ArrayList } from "../value/list.ts";
import type { Value } from "../value/value.ts";
import { CelList, CelMap } from "../value/value.ts";

/** What tells an element from the others: itself in a set, some of its fields in a list that is a map. */
type ElementKey = (element: Value) => Value;

export const itself: ElementKey = (element) => element;

/** The values of some fields. */
export function byFields(names: readonly string[]): ElementKey {
  return (element) => {
    const values = names.map((name) => (element instanceof CelMap ? element.find(name) : undefined));
    return JSON.stringify(values.map((value) => (value === undefined ? [] : [typeof value, String(value)])));
  };
}

/**
 * A list that is a set, or a map by some of its elements' fields: its order says nothing, and what is added to it takes
 * the place of what has its key. Upstream: k8s.io/apiserver/pkg/cel/common/valuesunstructured.go
 */
export class KeyedList extends CelList {
  readonly #items: CelList;
  readonly #keyOf: ElementKey;

  constructor(items: CelList, keyOf: ElementKey) {
    super();
    this.#items = items;
    this.#keyOf = keyOf;
  }

  get size(): number {
    return this.#items.size;
  }

  at(index: number): Value {
    return this.#items.at(index);
  }

  override equalsSpecially(other: CelList): boolean {
    if (other.size !== this.size) return false;
    const mine = this.#byKey(this.#items);
    for (const element of other) if (!isEqual(mine.get(this.#lookUp(element)) ?? null, element)) return false;
    return true;
  }

  override plusSpecially(other: CelList): Value {
    const joined = this.#byKey(this.#items);
    for (const element of other) joined.set(this.#lookUp(element), element);
    return new KeyedList(new ArrayList([...joined.values()]), this.#keyOf);
  }

  #byKey(items: CelList): Map<unknown, Value> {
    const elements = new Map<unknown, Value>();
    for (const element of items) elements.set(this.#lookUp(element), element);
    return elements;
  }

  /** Sets hold scalars; what else a schema lets in is told apart by its text. */
  #lookUp(element: Value): unknown {
    const key = this.#keyOf(element);
    return typeof key === "object" && key !== null ? JSON.stringify(textsOf(key)) : key;
  }
}

function textsOf(value: Value): unknown {
  if (value instanceof CelList) return [...value].map(textsOf);
  if (value instanceof CelMap) return [...value.keys()].map((key) => [String(key), textsOf(value.find(key)!)]);
  return toText(value);
}

function toText(value: Value): unknown {
  const text = CONVERSIONS["string"]!(value);
  return typeof text === "string" ? [typeof value, text] : null;
}

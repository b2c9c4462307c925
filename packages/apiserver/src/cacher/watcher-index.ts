import { keyString, type AnyKind } from "@dingi/apimachinery";
import type { CacheEvent } from "./cache-event.ts";
import { fieldOf, selectedField, selectedName, type Selection } from "./selection.ts";

/**
 * Those who watch, by what they can see, so that an event visits only those who may want it: one object, one value of one
 * field, one namespace, or everything.
 */
export class WatcherIndex<W extends { readonly selection: Selection }> {
  readonly #kind: AnyKind;
  readonly #all = new Set<W>();
  readonly #byKey = new Map<string, Set<W>>();
  readonly #byNamespace = new Map<string, Set<W>>();
  readonly #byField = new Map<string, Map<string, Set<W>>>();
  #size = 0;

  constructor(kind: AnyKind) {
    this.#kind = kind;
  }

  get size(): number {
    return this.#size;
  }

  /** Returns the removal. */
  add(watcher: W): () => void {
    const [map, key] = this.#place(watcher.selection);
    const set = map === undefined ? this.#all : getOrMake(map, key, () => new Set<W>());
    set.add(watcher);
    this.#size++;
    return () => {
      if (!set.delete(watcher)) return;
      this.#size--;
      if (map !== undefined && set.size === 0) map.delete(key);
    };
  }

  /** Every watcher that may want the event, each once. */
  *interested(event: CacheEvent): Iterable<W> {
    if (this.#size === 0) return;
    yield* this.#all;
    const stored = event.current ?? event.previous!;
    yield* this.#byKey.get(stored.key) ?? [];
    if (this.#byNamespace.size > 0) yield* this.#byNamespace.get(stored.object.metadata.namespace ?? "") ?? [];
    for (const [name, byValue] of this.#byField) {
      if (byValue.size > 0) yield* this.#withField(event, name, byValue);
    }
  }

  *#withField(event: CacheEvent, name: string, byValue: Map<string, Set<W>>): Iterable<W> {
    const now = event.current && fieldOf(this.#kind, event.current.object, name);
    const before = event.previous && fieldOf(this.#kind, event.previous.object, name);
    if (now !== undefined) yield* byValue.get(now) ?? [];
    if (before !== undefined && before !== now) yield* byValue.get(before) ?? [];
  }

  #place(selection: Selection): [Map<string, Set<W>> | undefined, string] {
    const name = selectedName(this.#kind, selection);
    if (name) return [this.#byKey, keyString(name)];
    const field = selectedField(this.#kind, selection);
    if (field) return [getOrMake(this.#byField, field.name, () => new Map<string, Set<W>>()), field.value];
    if (selection.namespace !== "") return [this.#byNamespace, selection.namespace];
    return [undefined, ""];
  }
}

function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

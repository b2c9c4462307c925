import { setOwn } from "../codec/json-reader.ts";
import { isObject, type JsonObject } from "../patch/json-value.ts";
import { elementOfItem } from "./list-elements.ts";
import { isEmpty } from "./to-field-set.ts";
import { deduce, type ListPlan, type MapPlan, type TypedPlan } from "./typed-plan.ts";

/**
 * The live value with what a configuration says put over it: leaves are replaced, objects and associative lists merged,
 * nothing is removed. Undefined: nothing is left. What only one side has is shared. Upstream: typed/merge.go
 */
export function mergeValues(plan: TypedPlan, live: unknown, config: unknown): unknown {
  if (config === undefined) return live;
  if (live === undefined) return config;
  const deduced = deduce(plan, config);
  if (deduced.type === "scalar" || deduced.atomic) return config;
  return deduced.type === "list" ? mergeLists(deduced, live, config) : mergeMaps(deduced, live, config);
}

function mergeMaps(plan: MapPlan, live: unknown, config: unknown): unknown {
  const left = asMap(live);
  const right = asMap(config);
  if (isEmpty(left) && isEmpty(right)) return config;
  const out: JsonObject = { ...left };
  for (const key of Object.keys(right)) {
    const itemPlan = plan.fields.get(key)?.plan ?? plan.values;
    if (itemPlan === undefined || right[key] === undefined) continue;
    const merged = mergeValues(itemPlan, Object.hasOwn(left, key) ? left[key] : undefined, right[key]);
    if (merged !== undefined) setOwn(out, key, merged);
  }
  return isEmpty(out) ? undefined : out;
}

const asMap = (value: unknown): JsonObject => (isObject(value) ? value : {});

interface Item {
  readonly key: string;
  readonly value: unknown;
}

function itemsOf(plan: ListPlan, list: unknown): Item[] {
  return Array.isArray(list) ? list.map((value) => ({ key: elementOfItem(plan, value).text, value })) : [];
}

function mergeLists(plan: ListPlan, live: unknown, config: unknown): unknown {
  const left = itemsOf(plan, live);
  const right = itemsOf(plan, config);
  if (left.length === 0 && right.length === 0) return config;
  const out = new ListMerger(plan, left, right).merge();
  return out.length === 0 ? undefined : out;
}

/**
 * Puts items in the configuration's order and keeps the live list's own items near what they stood after.
 * Upstream: typed/merge.go#visitListItems
 */
class ListMerger {
  readonly #plan: ListPlan;
  readonly #left: readonly Item[];
  readonly #right: readonly Item[];
  /** By key; null where the live list has several. */
  readonly #live = new Map<string, unknown>();
  readonly #configured: ReadonlySet<string>;
  readonly #merged = new Set<string>();
  readonly #out: unknown[] = [];
  /** Keys that both have and that are still to come, in the configuration's order. */
  readonly #shared: readonly string[];
  #nextShared = 0;
  #l = 0;
  #r = 0;

  constructor(plan: ListPlan, left: readonly Item[], right: readonly Item[]) {
    this.#plan = plan;
    this.#left = left;
    this.#right = right;
    for (const { key, value } of left) this.#live.set(key, this.#live.has(key) ? null : value);
    this.#configured = new Set(right.map(({ key }) => key));
    this.#shared = right.map(({ key }) => key).filter((key) => this.#live.has(key));
  }

  merge(): unknown[] {
    while (this.#l < this.#left.length || this.#r < this.#right.length)
      this.#step(this.#left[this.#l], this.#right[this.#r]);
    return this.#out;
  }

  #step(left: Item | undefined, right: Item | undefined): void {
    if (left !== undefined && this.#passes(left, right)) {
      this.#l++;
      return;
    }
    if (left !== undefined && (left.key === right?.key || this.#merged.has(left.key))) this.#l++;
    if (right === undefined) return;
    this.#put(right);
    if (this.#shared[this.#nextShared] === right.key) this.#nextShared++;
    this.#r++;
  }

  /** Whether the live list's item needs nothing of the configuration's: its own goes out, one whose turn is later waits. */
  #passes(left: Item, right: Item | undefined): boolean {
    if (left.key === right?.key) return false;
    if (right !== undefined && this.#waits(left)) return true;
    if (this.#configured.has(left.key)) return false;
    this.#out.push(left.value);
    return true;
  }

  /** A shared item whose turn in the configuration comes later, or is over. */
  #waits({ key }: Item): boolean {
    return (
      this.#configured.has(key) && this.#nextShared < this.#shared.length && this.#shared[this.#nextShared] !== key
    );
  }

  #put({ key, value }: Item): void {
    this.#merged.add(key);
    const merged = mergeValues(this.#plan.items, this.#live.get(key), value);
    if (merged !== undefined) this.#out.push(merged);
  }
}

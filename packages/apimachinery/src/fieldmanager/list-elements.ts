import { isObject } from "../patch/json-value.ts";
import { keyElement, valueElement, type KeyValue, type PathElement } from "./path-element.ts";
import type { ListPlan } from "./typed-plan.ts";

/** An item that cannot be told from others. The message is upstream's. */
export class ListItemError extends Error {
  override name = "ListItemError";
}

/** What identifies an item of an associative list. @throws {ListItemError}. Upstream: typed/helpers.go#listItemToPathElement */
export function elementOfItem(plan: ListPlan, item: unknown): PathElement {
  return plan.keys.length > 0 ? keyed(plan, item) : setItem(item);
}

function keyed({ keys, keyDefaults }: ListPlan, item: unknown): PathElement {
  if (item === null) throw new ListItemError("associative list with keys may not have a null element");
  if (!isObject(item)) throw new ListItemError("associative list with keys may not have non-map elements");
  const values: [string, KeyValue][] = [];
  for (const key of keys) {
    const value = Object.hasOwn(item, key) && item[key] !== undefined ? (item[key] as KeyValue) : keyDefaults.get(key);
    if (value !== undefined) values.push([key, value]);
  }
  if (values.length === 0) {
    const names = keys.map((key) => JSON.stringify(key)).join(" ");
    throw new ListItemError(
      `associative list with keys has an element that omits all key fields [${names}] (and doesn't have default values for any key fields)`,
    );
  }
  return keyElement(values);
}

function setItem(item: unknown): PathElement {
  if (item === null) throw new ListItemError("associative list without keys has an element that's an explicit null");
  if (Array.isArray(item)) throw new ListItemError("not supported: associative list with lists as elements");
  if (typeof item === "object")
    throw new ListItemError("associative list without keys has an element that's a map type");
  return valueElement(item as KeyValue);
}

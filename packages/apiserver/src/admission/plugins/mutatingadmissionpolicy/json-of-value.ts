import { ObjectValue } from "@dingi/api";
import { CelDouble, CelList, CelMap, CelOptional, CelUint, type Value } from "@dingi/cel";

/**
 * What an expression has made, as JSON. Throws an Error for what JSON has nothing for.
 * Upstream: apiserver/pkg/cel/mutation/dynamic/objects.go#convertField
 */
export function jsonOfValue(value: Value): unknown {
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "bigint") return value;
  if (value instanceof CelDouble) return value.value;
  if (value instanceof CelUint) return value.value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  return jsonOfCompound(value);
}

function jsonOfCompound(value: Value): unknown {
  if (value instanceof CelList) return [...value].map(jsonOfValue);
  if (value instanceof ObjectValue) return objectOf(value.fields);
  if (value instanceof CelMap) return objectOf(entriesOf(value));
  if (value instanceof CelOptional) return value.value === undefined ? null : jsonOfValue(value.value);
  throw new Error("an expression has made what is no JSON");
}

function* entriesOf(map: CelMap): Generator<[string, Value]> {
  for (const key of map.keys()) {
    if (typeof key !== "string") throw new Error("a key of a map is not a string");
    yield [key, map.find(key)!];
  }
}

function objectOf(entries: Iterable<[string, Value]>): object {
  const made: Record<string, unknown> = {};
  for (const [name, value] of entries)
    Object.defineProperty(made, name, {
      value: jsonOfValue(value),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  return made;
}

import type { Schema } from "../schema/schema.ts";
import { isShared } from "./fields-pool.ts";
import { setOwn } from "./json-reader.ts";

/** A deep copy of an object of a schema: what is undefined is left out, what the schema does not know is kept. */
export function copyBySchema<T>(schema: Schema, value: T): T {
  return copyValue(schema, value) as T;
}

function copyValue(schema: Schema, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  switch (schema.type) {
    case "struct":
      return copyStruct(schema.fields, value as Readonly<Record<string, unknown>>);
    case "list":
      return copyList(schema.items, value as readonly unknown[]);
    case "map":
      return copyMap(schema.values, value as Readonly<Record<string, unknown>>);
    case "fieldsV1":
      return isShared(value) ? value : copyJson(value);
    default:
      return copyJson(value);
  }
}

function copyStruct(
  fields: ReadonlyMap<string, { readonly schema: Schema }>,
  value: Readonly<Record<string, unknown>>,
): unknown {
  const out: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const item = value[key];
    if (item === undefined) continue;
    if (typeof item !== "object" || item === null) out[key] = item;
    else {
      const field = fields.get(key);
      setOwn(out, key, field === undefined ? copyJson(item) : copyValue(field.schema, item));
    }
  }
  return out;
}

function copyList(items: Schema, list: readonly unknown[]): unknown[] {
  const out: unknown[] = [];
  for (let i = 0; i < list.length; i++) out.push(copyValue(items, list[i]));
  return out;
}

function copyMap(values: Schema, map: Readonly<Record<string, unknown>>): unknown {
  const out: Record<string, unknown> = {};
  for (const key of Object.keys(map)) if (map[key] !== undefined) setOwn(out, key, copyValue(values, map[key]));
  return out;
}

/** A deep copy of any JSON value, bigints included. */
export function copyJson<T>(value: T): T {
  return copyAny(value) as T;
}

function copyAny(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(copyAny);
  const out: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) if (item !== undefined) setOwn(out, key, copyAny(item));
  return out;
}

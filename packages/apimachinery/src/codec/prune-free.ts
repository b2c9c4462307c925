import type { FreeSchema } from "../schema/schema.ts";
import { setOwn } from "./json-reader.ts";

/** Told of each field that is dropped; the path is where its object is. */
type OnPruned = (path: readonly (string | number)[], field: string) => void;

/**
 * A value of a custom kind without the fields that its schema does not know, and without nulls where null is no value. What
 * needs no change is shared. Upstream: apiextensions-apiserver/pkg/apiserver/schema/pruning/algorithm.go, …/defaulting/prune.go
 */
export function pruneFree(schema: FreeSchema, value: unknown, onPruned: OnPruned): unknown {
  return new Pruner(onPruned).prune(schema, value);
}

/** A value that should not be there, or not be of this type: no field of it is known. */
const NOTHING: FreeSchema = { type: "free" };

class Pruner {
  readonly #path: (string | number)[] = [];
  readonly #onPruned: OnPruned;

  constructor(onPruned: OnPruned) {
    this.#onPruned = onPruned;
  }

  prune(schema: FreeSchema, value: unknown): unknown {
    if (Array.isArray(value)) return this.#list(schema, value);
    if (typeof value !== "object" || value === null) return value;
    return this.#object(schema, value as Readonly<Record<string, unknown>>);
  }

  #list(schema: FreeSchema, list: readonly unknown[]): readonly unknown[] {
    const items = schema.items ?? (schema.unknown === "keep" ? undefined : NOTHING);
    if (!items) return list;
    let out: unknown[] | undefined;
    for (let i = 0; i < list.length; i++) {
      const item = this.#below(items, i, list[i]);
      if (item !== list[i]) (out ??= [...list])[i] = item;
    }
    return out ?? list;
  }

  #object(schema: FreeSchema, object: Readonly<Record<string, unknown>>): unknown {
    const out: Record<string, unknown> = {};
    let isSame = true;
    for (const key of Object.keys(object)) {
      const kept = this.#field(schema, key, object[key]);
      if (kept !== undefined) setOwn(out, key, kept);
      isSame &&= kept === object[key];
    }
    return isSame ? object : out;
  }

  /** Undefined: dropped. */
  #field(schema: FreeSchema, key: string, value: unknown): unknown {
    const { properties } = schema;
    const property = properties && Object.hasOwn(properties, key) ? properties[key]! : undefined;
    if (property) return value === null && !property.nullable ? undefined : this.#below(property, key, value);
    if (schema.values) return this.#below(schema.values, key, value);
    if (schema.unknown === "keep") return value;
    this.#onPruned([...this.#path], key);
    return undefined;
  }

  #below(schema: FreeSchema, key: string | number, value: unknown): unknown {
    this.#path.push(key);
    const kept = this.prune(schema, value);
    this.#path.pop();
    return kept;
  }
}

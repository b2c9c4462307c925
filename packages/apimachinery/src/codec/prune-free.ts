import type { FreeSchema } from "../schema/schema.ts";
import { setOwn } from "./json-reader.ts";

type Path = readonly (string | number)[];

/** Who is told of what is not kept as it was; paths begin at the value that is pruned. */
interface Pruning {
  /** Told of each field that is dropped; the path is where its object is. */
  dropped(path: Path, field: string): void;
  /** apiVersion, kind or metadata of an object within, as it is to be kept: no schema speaks of them. */
  meta(name: string, value: unknown, path: Path): unknown;
}

/**
 * A value of a custom kind without the fields that its schema does not know, and without nulls where null is no value. What
 * needs no change is shared. Upstream: apiextensions-apiserver/pkg/apiserver/schema/pruning/algorithm.go, …/defaulting/prunenulls.go
 */
export function pruneFree(schema: FreeSchema, value: unknown, pruning: Pruning): unknown {
  return new Pruner(pruning).prune(schema, value);
}

/** A value that should not be there, or not be of this type: no field of it is known. */
const NOTHING: FreeSchema = { type: "free" };

class Pruner {
  readonly #path: (string | number)[] = [];
  readonly #pruning: Pruning;

  constructor(pruning: Pruning) {
    this.#pruning = pruning;
  }

  /** `keeps`: unknown fields are kept, as the schema says, or that of the list that the value is an item of. */
  prune(schema: FreeSchema, value: unknown, keeps = schema.unknown === "keep"): unknown {
    if (Array.isArray(value)) return this.#list(schema, value, keeps);
    if (typeof value !== "object" || value === null) return value;
    return this.#object(schema, value as Readonly<Record<string, unknown>>, keeps);
  }

  #list(schema: FreeSchema, list: readonly unknown[], keeps: boolean): readonly unknown[] {
    const items = schema.items ?? (keeps ? undefined : NOTHING);
    if (!items) return list;
    let out: unknown[] | undefined;
    for (let i = 0; i < list.length; i++) {
      const item = this.#below(items, i, list[i], keeps || items.unknown === "keep");
      if (item !== list[i]) (out ??= [...list])[i] = item;
    }
    return out ?? list;
  }

  #object(schema: FreeSchema, object: Readonly<Record<string, unknown>>, keeps: boolean): unknown {
    const out: Record<string, unknown> = {};
    let isSame = true;
    for (const key of Object.keys(object)) {
      const kept =
        schema.embedded && META.has(key)
          ? this.#pruning.meta(key, object[key], [...this.#path, key])
          : this.#field(schema, key, object[key], keeps);
      if (kept !== undefined) setOwn(out, key, kept);
      isSame &&= kept === object[key];
    }
    return isSame ? object : out;
  }

  /** Undefined: dropped. */
  // oxlint-disable-next-line max-params -- A field is a name and a value.
  #field(schema: FreeSchema, key: string, value: unknown, keeps: boolean): unknown {
    const { properties } = schema;
    const known = properties && Object.hasOwn(properties, key) ? properties[key]! : schema.values;
    if (known) return value === null ? nullOf(known) : this.#below(known, key, value);
    if (keeps) return value;
    this.#pruning.dropped([...this.#path], key);
    return undefined;
  }

  // oxlint-disable-next-line max-params -- As prune, at a place.
  #below(schema: FreeSchema, key: string | number, value: unknown, keeps = schema.unknown === "keep"): unknown {
    this.#path.push(key);
    const kept = this.prune(schema, value, keeps);
    this.#path.pop();
    return kept;
  }
}

const META: ReadonlySet<string> = new Set(["apiVersion", "kind", "metadata"]);

/** A null that is no value is as good as absent; where there is a default, that is put in its place. */
function nullOf(schema: FreeSchema): null | undefined {
  return schema.nullable || (schema.default !== undefined && schema.default !== null) ? null : undefined;
}

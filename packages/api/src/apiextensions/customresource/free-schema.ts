import { pruneFree, type FreeSchema, type Unknown } from "@dingi/apimachinery";
import { additionalOf, itemsOf, type Schema } from "../customresourcedefinition/subschemas.ts";

const made = new WeakMap<Schema, FreeSchema>();

/** By which values of a schema are pruned and owned. Only what is looked at is made, once. */
export function freeSchemaOf(schema: Schema): FreeSchema {
  let free = made.get(schema);
  if (!free) made.set(schema, (free = new SchemaView(schema)));
  return free;
}

const TYPES: Readonly<Record<string, FreeSchema["of"]>> = {
  object: "object",
  array: "list",
  string: "string",
  integer: "numeric",
  number: "numeric",
  boolean: "boolean",
};

class SchemaView implements FreeSchema {
  readonly type = "free";
  readonly #schema: Schema;
  #properties: Readonly<Record<string, FreeSchema>> | undefined;

  constructor(schema: Schema) {
    this.#schema = schema;
  }

  get of(): FreeSchema["of"] {
    const { type = "", "x-kubernetes-int-or-string": isEither } = this.#schema;
    if (isEither) return "scalar";
    return Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
  }

  get properties(): Readonly<Record<string, FreeSchema>> | undefined {
    const { properties } = this.#schema;
    if (!properties) return undefined;
    return (this.#properties ??= Object.fromEntries(
      Object.entries(properties).map(([name, property]) => [name, freeSchemaOf(property)]),
    ));
  }

  get values(): FreeSchema | undefined {
    const { additionalProperties } = this.#schema;
    if (additionalProperties === true) return ANYTHING;
    const others = additionalOf(this.#schema);
    return others && freeSchemaOf(others);
  }

  get unknown(): Unknown | undefined {
    return this.#schema["x-kubernetes-preserve-unknown-fields"] ? "keep" : "drop";
  }

  get embedded(): boolean {
    return this.#schema["x-kubernetes-embedded-resource"] === true;
  }

  get items(): FreeSchema | undefined {
    const items = itemsOf(this.#schema);
    return items && freeSchemaOf(items);
  }

  get listType(): FreeSchema["listType"] {
    return this.#schema["x-kubernetes-list-type"] as FreeSchema["listType"];
  }

  get keys(): readonly string[] | undefined {
    return this.#schema["x-kubernetes-list-map-keys"];
  }

  get atomic(): boolean {
    return this.#schema["x-kubernetes-map-type"] === "atomic";
  }

  get nullable(): boolean {
    return this.#schema.nullable === true;
  }

  get default(): unknown {
    return this.#schema.default;
  }
}

/** `additionalProperties: true` says that there may be others, and nothing of what they hold. */
const ANYTHING: FreeSchema = { type: "free" };

/** A value without the fields that its schema does not know. */
export function prunedBy(schema: Schema, value: unknown): unknown {
  return pruneFree(freeSchemaOf(schema), value, { dropped: () => {}, meta: (_name, meta) => meta });
}

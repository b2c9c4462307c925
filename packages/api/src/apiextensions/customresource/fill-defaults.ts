import { copyJson, isObject, setOwn } from "@dingi/apimachinery";
import { additionalOf, itemsOf, type Schema } from "../customresourcedefinition/subschemas.ts";

/**
 * Puts defaults in where a value of a schema has nothing, or a null that is no value. The value is written to.
 * Upstream: apiextensions-apiserver/pkg/apiserver/schema/defaulting/algorithm.go
 */
export function fillDefaults(schema: Schema | undefined, value: unknown): void {
  if (!schema || !hasDefaults(schema)) return;
  if (Array.isArray(value)) fillItems(schema, value);
  else if (isObject(value)) fillProperties(schema, value);
}

const isSet = (value: unknown): boolean => value !== undefined && value !== null;
const lacksValue = (value: unknown, schema: Schema): boolean =>
  value === undefined || (value === null && !schema.nullable);

function fillProperties(schema: Schema, object: Record<string, unknown>): void {
  const properties: Readonly<Record<string, Schema>> = schema.properties ?? {};
  for (const [name, property] of Object.entries(properties)) {
    const own = Object.hasOwn(object, name) ? object[name] : undefined;
    if (isSet(property.default) && lacksValue(own, property)) setOwn(object, name, copyJson(property.default));
  }
  const others = additionalOf(schema);
  for (const name of Object.keys(object)) {
    if (Object.hasOwn(properties, name)) fillDefaults(properties[name], object[name]);
    else if (others) setOwn(object, name, filled(others, object[name]));
  }
}

/** An item, or a field that has no schema of its own: its default takes the place of a null alone. */
function filled(schema: Schema, value: unknown): unknown {
  const one = value === null && !schema.nullable && isSet(schema.default) ? copyJson(schema.default) : value;
  fillDefaults(schema, one);
  return one;
}

function fillItems(schema: Schema, list: unknown[]): void {
  const items = itemsOf(schema);
  if (items) for (let i = 0; i < list.length; i++) list[i] = filled(items, list[i]);
}

const known = new WeakMap<Schema, boolean>();

/** Whether a value of the schema can lack anything that would be put in. */
function hasDefaults(schema: Schema): boolean {
  let has = known.get(schema);
  if (has === undefined) {
    const inner = [...Object.values(schema.properties ?? {}), additionalOf(schema), itemsOf(schema)];
    has = inner.some((one) => one !== undefined && (isSet(one.default) || hasDefaults(one)));
    known.set(schema, has);
  }
  return has;
}

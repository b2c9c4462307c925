import { copyJson, DecodeBudget, isObject, MAP_ENTRY, setOwn, StatusError } from "@dingi/apimachinery";
import { additionalOf, foundIn, itemsOf, type Schema } from "../customresourcedefinition/subschemas.ts";

/** Makes the value that a schema has for what lacks one. */
type Take = (schema: Schema) => unknown;

/**
 * Puts defaults in where a value of a schema has nothing, or a null that is no value. The value is written to.
 * Throws StatusError 413 when that would make it larger than a body may be: a few bytes may ask for a thousand defaults.
 * Upstream: apiextensions-apiserver/pkg/apiserver/schema/defaulting/algorithm.go
 */
export function fillDefaults(schema: Schema | undefined, value: unknown): void {
  const budget = new DecodeBudget();
  fill(schema, value, (one) => {
    const { value: whole, cost } = wholeDefault(one);
    budget.spend(cost);
    return copyJson(whole);
  });
}

/** The same for a value that nobody will write to, which has its defaults in common with others: whatever they are, it costs little. */
export function shareDefaults(schema: Schema | undefined, value: unknown): void {
  fill(schema, value, (one) => wholeDefault(one).value);
}

function fill(schema: Schema | undefined, value: unknown, take: Take): void {
  if (!schema || !hasDefaults(schema)) return;
  if (Array.isArray(value)) fillItems(schema, value, take);
  else if (isObject(value)) fillProperties(schema, value, take);
}

const isSet = (value: unknown): boolean => value !== undefined && value !== null;
const hasDefaults = foundIn((schema) => isSet(schema.default));
const lacksValue = (value: unknown, schema: Schema): boolean =>
  value === undefined || (value === null && !schema.nullable);

function fillProperties(schema: Schema, object: Record<string, unknown>, take: Take): void {
  const properties: Readonly<Record<string, Schema>> = schema.properties ?? {};
  for (const [name, property] of Object.entries(properties)) {
    const own = Object.hasOwn(object, name) ? object[name] : undefined;
    if (isSet(property.default) && lacksValue(own, property)) setOwn(object, name, take(property));
    else fill(property, own, take);
  }
  const others = additionalOf(schema);
  if (!others) return;
  for (const name of Object.keys(object))
    if (!Object.hasOwn(properties, name)) setOwn(object, name, filled(others, object[name], take));
}

/** An item, or a field that has no schema of its own: its default takes the place of a null alone. */
function filled(schema: Schema, value: unknown, take: Take): unknown {
  if (value === null && !schema.nullable && isSet(schema.default)) return take(schema);
  fill(schema, value, take);
  return value;
}

function fillItems(schema: Schema, list: unknown[], take: Take): void {
  const items = itemsOf(schema);
  if (items) for (let i = 0; i < list.length; i++) list[i] = filled(items, list[i], take);
}

interface WholeDefault {
  /** Never changed. */
  readonly value: unknown;
  /** In places of a DecodeBudget. */
  readonly cost: number;
}

const wholeDefaults = new WeakMap<Schema, WholeDefault>();

/** A default with the defaults of what it lacks itself; without them where they are too many, and it may not be copied. */
function wholeDefault(schema: Schema): WholeDefault {
  let whole = wholeDefaults.get(schema);
  if (!whole) wholeDefaults.set(schema, (whole = completed(schema)));
  return whole;
}

function completed(schema: Schema): WholeDefault {
  try {
    const value = copyJson(schema.default);
    fillDefaults(schema, value);
    return { value, cost: costOf(value) };
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    return { value: schema.default, cost: Number.POSITIVE_INFINITY };
  }
}

function costOf(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((cost: number, item) => cost + costOf(item), 1);
  if (!isObject(value)) return 1;
  return Object.values(value).reduce((cost: number, item) => cost + MAP_ENTRY + costOf(item), 1);
}

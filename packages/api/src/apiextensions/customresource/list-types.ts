import {
  duplicate,
  encodeJson,
  inKeyOrder,
  invalid,
  isObject,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { additionalOf, itemsOf, type Schema } from "../customresourcedefinition/subschemas.ts";
import { placeOfField, placeOfItem, placeOfKey } from "./place.ts";

/** Items that a list has twice, which is a set or a map. Upstream: apiextensions-apiserver/pkg/apiserver/schema/listtype/validation.go */
export function listTypeErrorsOf(schema: Schema | undefined, value: unknown, at?: FieldPath): FieldError[] {
  if (!schema) return [];
  if (Array.isArray(value)) return listErrors(schema, value, at);
  return isObject(value) ? objectErrors(schema, value, at) : [];
}

function objectErrors(
  schema: Schema,
  object: Readonly<Record<string, unknown>>,
  at: FieldPath | undefined,
): FieldError[] {
  const properties: Readonly<Record<string, Schema>> = schema.properties ?? {};
  const others = additionalOf(schema);
  return Object.entries(object).flatMap(([name, value]) => {
    if (others) return listTypeErrorsOf(others, value, placeOfKey(at, name));
    return Object.hasOwn(properties, name) ? listTypeErrorsOf(properties[name], value, placeOfField(at, name)) : [];
  });
}

function listErrors(schema: Schema, list: readonly unknown[], at: FieldPath | undefined): FieldError[] {
  const items = itemsOf(schema);
  return [
    ...ownErrors(schema, list, at),
    ...(items ? list.flatMap((item, i) => listTypeErrorsOf(items, item, placeOfItem(at, i))) : []),
  ];
}

function ownErrors(schema: Schema, list: readonly unknown[], at: FieldPath | undefined): FieldError[] {
  switch (schema["x-kubernetes-list-type"]) {
    case "set":
      return secondOnes(list).map((i) => duplicate(placeOfItem(at, i), list[i]));
    case "map":
      return mapErrors(schema["x-kubernetes-list-map-keys"] ?? [], list, at);
    default:
      return [];
  }
}

function mapErrors(names: readonly string[], list: readonly unknown[], at: FieldPath | undefined): FieldError[] {
  const bad = list.findIndex((item) => item !== null && !isObject(item));
  if (bad >= 0) return [invalid(placeOfItem(at, bad), list[bad], "must be an object for an array of list-type map")];
  const keys = list.map((item) => keyOf(item, names));
  return secondOnes(keys).map((i) => duplicate(placeOfItem(at, i), keys[i]));
}

function keyOf(item: unknown, names: readonly string[]): object {
  const object = isObject(item) ? item : {};
  return Object.fromEntries(names.filter((name) => Object.hasOwn(object, name)).map((name) => [name, object[name]]));
}

/** Where what has been there comes again, for the first time. */
function secondOnes(list: readonly unknown[]): number[] {
  const times = new Map<string, number>();
  return list.flatMap((item, i) => {
    const text = encodeJson(isObject(item) ? inKeyOrder(item) : item);
    const before = times.get(text) ?? 0;
    times.set(text, before + 1);
    return before === 1 ? [i] : [];
  });
}

import { forbidden, invalid, notSupported, required, type FieldError, type FieldPath } from "@dingi/apimachinery";
import { itemListOf, itemsOf, type Schema } from "../subschemas.ts";
import { printedSchema } from "./printed.ts";

const LIST_TYPES = ["atomic", "set", "map"];
const ATOMIC = "must be atomic as item of a list with x-kubernetes-list-type=set";

/** How lists are merged. Upstream: apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go#ValidateCustomResourceDefinitionOpenAPISchema */
export function listTypeErrors(schema: Schema, field: FieldPath): FieldError[] {
  const { "x-kubernetes-list-type": listType, "x-kubernetes-list-map-keys": keys = [] } = schema;
  const at = field.child("x-kubernetes-list-type");
  return [
    ...(listType === undefined ? [] : ofArrayErrors(schema, field)),
    ...(listType === undefined || LIST_TYPES.includes(listType) ? [] : [notSupported(at, listType, LIST_TYPES)]),
    ...(keys.length > 0 && listType !== "map" ? [keysWithoutMap(listType, at)] : []),
    ...(listType === "map" ? mapErrors(schema, keys, field) : []),
    ...nullableErrors(schema, keys, field.child("items")),
  ];
}

function ofArrayErrors(schema: Schema, field: FieldPath): FieldError[] {
  const { "x-kubernetes-list-type": listType, type = "" } = schema;
  const at = field.child("type");
  const text = "must be array if x-kubernetes-list-type is specified";
  if (type === "") return [required(at, text)];
  if (type !== "array") return [invalid(at, type, text)];
  return listType === "set" ? setErrors(itemsOf(schema), field.child("items")) : [];
}

function keysWithoutMap(listType: string | undefined, field: FieldPath): FieldError {
  const text = "must be map if x-kubernetes-list-map-keys is non-empty";
  return listType === undefined ? required(field, text) : invalid(field, listType, text);
}

function setErrors(items: Schema | undefined, field: FieldPath): FieldError[] {
  const listType = items?.["x-kubernetes-list-type"];
  if (items?.type === "array" && listType !== undefined && listType !== "atomic")
    return [invalid(field.child("x-kubernetes-list-type"), listType, ATOMIC)];
  if (items?.type !== "object" || items["x-kubernetes-map-type"] === "atomic") return [];
  return [invalid(field.child("x-kubernetes-map-type"), listType ?? null, ATOMIC)];
}

function mapErrors(schema: Schema, keys: readonly string[], field: FieldPath): FieldError[] {
  const [keysAt, itemsAt] = [field.child("x-kubernetes-list-map-keys"), field.child("items")];
  const items = itemsOf(schema);
  const list = itemListOf(schema);
  const printed = () => ({ Schema: null, JSONSchemas: list.map(printedSchema) });
  const text = "must only have a single schema if x-kubernetes-list-type is map";
  return [
    ...(keys.length === 0 ? [required(keysAt, "must not be empty if x-kubernetes-list-type is map")] : []),
    ...(schema.items === undefined ? [required(itemsAt, "must have a schema if x-kubernetes-list-type is map")] : []),
    ...(list.length > 0 ? [invalid(itemsAt, printed(), text)] : []),
    ...(items && items.type !== "object"
      ? [
          invalid(
            itemsAt.child("type"),
            items.type ?? "",
            "must be object if parent array's x-kubernetes-list-type is map",
          ),
        ]
      : []),
    ...(items?.type === "object" ? keyErrors(items, keys, field) : []),
  ];
}

function keyErrors({ properties = {} }: Schema, keys: readonly string[], field: FieldPath): FieldError[] {
  const at = field.child("x-kubernetes-list-map-keys");
  const text = "must be a scalar type if parent array's x-kubernetes-list-type is map";
  const seen = new Set<string>();
  return keys.flatMap((key) => {
    const property = Object.hasOwn(properties, key) ? properties[key] : undefined;
    const isTwice = seen.has(key);
    seen.add(key);
    const typeAt = field.child("items", "properties").key(key).child("type");
    return [
      ...(property && ["array", "object"].includes(property.type ?? "") ? [invalid(typeAt, "object", text)] : []),
      ...(property ? [] : [invalid(at, keys, "entries must all be names of item properties")]),
      ...(isTwice ? [invalid(at, keys, "must not contain duplicate entries")] : []),
    ];
  });
}

/** Upstream: …#validateMapListKeysMapSet */
function nullableErrors(schema: Schema, keys: readonly string[], field: FieldPath): FieldError[] {
  const listType = schema["x-kubernetes-list-type"];
  const items = itemsOf(schema);
  if (!items || (listType !== "set" && listType !== "map")) return [];
  const text = `cannot be nullable when x-kubernetes-list-type is ${listType}`;
  const errors = items.nullable ? [forbidden(field.child("nullable"), text)] : [];
  if (listType === "set") return errors;
  return [...errors, ...keys.flatMap((key) => keyValueErrors(key, items, field.child("properties").key(key)))];
}

function keyValueErrors(key: string, { properties = {}, required: needed = [] }: Schema, field: FieldPath) {
  const property = Object.hasOwn(properties, key) ? properties[key] : undefined;
  if (!property) return [];
  const isKey = "this property is in x-kubernetes-list-map-keys, so it";
  const hasValue = needed.includes(key) || (property.default !== undefined && property.default !== null);
  return [
    ...(hasValue ? [] : [required(field.child("default"), `${isKey} must have a default or be a required property`)]),
    ...(property.nullable ? [forbidden(field.child("nullable"), `${isKey} cannot be nullable`)] : []),
  ];
}

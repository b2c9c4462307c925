import {
  fieldErrorText,
  forbidden,
  invalid,
  required,
  semanticEqual,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { additionalOf, itemsOf, type Schema } from "../subschemas.ts";
import { completenessErrors } from "./completeness.ts";
import { nestedErrors } from "./nested.ts";

type Level = "root" | "item" | "field";

const UNTYPED: Readonly<Record<Level, string>> = {
  root: "must not be empty at the root",
  item: "must not be empty for specified array items",
  field: "must not be empty for specified object fields",
};
const INT_OR_STRING = [{ type: "integer" }, { type: "string" }];
const EMBEDDED = "must be object if x-kubernetes-embedded-resource is true";

/** Sorted by their text. Upstream: apiextensions-apiserver/pkg/apiserver/schema/validation.go#ValidateStructural */
export function structuralErrors(schema: Schema, field: FieldPath): FieldError[] {
  const errors = [...invariantErrors(schema, "root", field), ...completenessErrors(schema, field)];
  const texts = new Map(errors.map((error) => [error, fieldErrorText(error)]));
  return errors.sort((a, b) => (texts.get(a)! < texts.get(b)! ? -1 : 1));
}

function invariantErrors(schema: Schema, level: Level, field: FieldPath): FieldError[] {
  const { type, properties = {}, additionalProperties: other } = schema;
  const [items, additional] = [itemsOf(schema), additionalOf(schema)];
  const itemsAt = field.child("items");
  const otherAt = field.child("additionalProperties");
  const hasOther = other !== undefined && other !== null;
  return [
    ...(type === "array" && !items ? [required(itemsAt, "must be specified")] : []),
    ...(items ? invariantErrors(items, "item", itemsAt) : []),
    ...Object.entries(properties).flatMap(([name, property]) =>
      invariantErrors(property, "field", field.child("properties").key(name)),
    ),
    ...(hasOther && level === "root" ? [forbidden(otherAt, "must not be used at the root")] : []),
    ...(additional ? invariantErrors(additional, "field", otherAt) : []),
    ...extensionErrors(schema, field),
    ...valueErrors(schema, field),
    ...typeErrors(schema, level, field),
    ...metaErrors(schema, level, field),
  ];
}

/** What may be an integer or a string is said in one of two ways, which name types. */
function valueErrors(schema: Schema, field: FieldPath): FieldError[] {
  const skipsAnyOf = semanticEqual(schema.anyOf, INT_OR_STRING);
  const skipsFirst = semanticEqual(schema.allOf?.[0]?.anyOf, INT_OR_STRING);
  return nestedErrors(schema, field, { skipsAnyOf, skipsFirst });
}

function extensionErrors(schema: Schema, field: FieldPath): FieldError[] {
  if (!schema["x-kubernetes-int-or-string"]) return [];
  const [preserve, embedded] = ["x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource"] as const;
  const text = "must be false if x-kubernetes-int-or-string is true";
  return [preserve, embedded].flatMap((name) => (schema[name] ? [invalid(field.child(name), true, text)] : []));
}

function typeErrors(schema: Schema, level: Level, field: FieldPath): FieldError[] {
  const { type = "" } = schema;
  const at = field.child("type");
  const isFree = schema["x-kubernetes-int-or-string"] || schema["x-kubernetes-preserve-unknown-fields"];
  const embedded = schema["x-kubernetes-embedded-resource"];
  return [
    ...(embedded ? embeddedErrors(schema, field) : []),
    ...(!embedded && type === "" && !isFree ? [required(at, UNTYPED[level])] : []),
    ...(level === "root" && type !== "" && type !== "object" ? [invalid(at, type, "must be object at the root")] : []),
  ];
}

function embeddedErrors({ type = "", additionalProperties: other }: Schema, field: FieldPath): FieldError[] {
  const at = field.child("type");
  const text = "must not be used if x-kubernetes-embedded-resource is set";
  const wrong = type === "" ? required(at, EMBEDDED) : invalid(at, type, EMBEDDED);
  return [
    ...(type === "object" ? [] : [wrong]),
    ...(other === undefined || other === null ? [] : [forbidden(field.child("additionalProperties"), text)]),
  ];
}

function metaErrors(schema: Schema, level: Level, field: FieldPath): FieldError[] {
  const embedded = Boolean(schema["x-kubernetes-embedded-resource"]);
  const { properties = {} } = schema;
  const at = field.child("properties");
  const isEmpty = embedded && !schema["x-kubernetes-preserve-unknown-fields"] && Object.keys(properties).length === 0;
  const text =
    "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields";
  const isObject = level === "root" || embedded;
  const metadata = Object.hasOwn(properties, "metadata") ? properties["metadata"] : undefined;
  return [
    ...(isObject ? ["kind", "apiVersion"].flatMap((name) => textErrors(name, properties, at)) : []),
    ...(metadata ? metadataErrors(metadata, { isObject, isRoot: level === "root" }, at.key("metadata")) : []),
    ...(isEmpty ? [required(at, text)] : []),
  ];
}

function textErrors(name: string, properties: Readonly<Record<string, Schema>>, field: FieldPath): FieldError[] {
  if (!Object.hasOwn(properties, name)) return [];
  const { type = "" } = properties[name]!;
  return type === "string" ? [] : [invalid(field.key(name).child("type"), type, "must be string")];
}

const ONLY_NAMES = "must not specify anything other than name and generateName, but metadata is implicitly specified";

/** Upstream: …#validateStructuralMetadataInvariants */
function metadataErrors(
  metadata: Schema,
  { isObject, isRoot }: { readonly isObject: boolean; readonly isRoot: boolean },
  field: FieldPath,
): FieldError[] {
  const { type = "", default: _, properties = {}, ...rest } = metadata;
  const isOfOther = isObject && type !== "object";
  const errors = isOfOther ? [invalid(field.child("type"), type, "must be object")] : [];
  const namesOnly = Object.keys(properties).every((name) => name === "name" || name === "generateName");
  return isRoot && !(namesOnly && Object.keys(rest).length === 0) ? [...errors, forbidden(field, ONLY_NAMES)] : errors;
}

import {
  invalid,
  isDns1035Label,
  isObject,
  path,
  required,
  validateObjectMeta,
  type FieldError,
  type FieldPath,
  type V1ObjectMeta,
} from "@dingi/apimachinery";
import { additionalOf, foundIn, itemsOf, type Schema } from "../customresourcedefinition/subschemas.ts";
import { placeOfField, placeOfItem, placeOfKey } from "./place.ts";

const hasEmbedded = foundIn((schema) => schema["x-kubernetes-embedded-resource"] === true);

/** What is wrong with objects inside an object. Upstream: apiextensions-apiserver/pkg/apiserver/schema/objectmeta/validation.go */
export function embeddedErrorsOf(schema: Schema | undefined, value: unknown, at?: FieldPath): FieldError[] {
  if (!schema || !hasEmbedded(schema)) return [];
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    return value.flatMap((item, i) => embeddedErrorsOf(items, item, placeOfItem(at, i)));
  }
  if (!isObject(value)) return [];
  const properties: Readonly<Record<string, Schema>> = schema.properties ?? {};
  const others = additionalOf(schema);
  return [
    ...(schema["x-kubernetes-embedded-resource"] ? resourceErrors(value, at) : []),
    ...Object.entries(value).flatMap(([name, one]) =>
      Object.hasOwn(properties, name)
        ? embeddedErrorsOf(properties[name], one, placeOfField(at, name))
        : embeddedErrorsOf(others, one, placeOfKey(at, name)),
    ),
  ];
}

/** Upstream: …#validateEmbeddedResource */
export function resourceErrors(object: Readonly<Record<string, unknown>>, at: FieldPath | undefined): FieldError[] {
  const place = (name: string): FieldPath => at?.child(name) ?? path(name);
  const missing = ["apiVersion", "kind"].filter((name) => !Object.hasOwn(object, name));
  const { apiVersion, kind, metadata } = object;
  return [
    ...missing.map((name) => required(place(name))),
    ...(apiVersion === undefined ? [] : apiVersionErrors(apiVersion, place("apiVersion"))),
    ...(kind === undefined ? [] : kindErrors(kind, place("kind"))),
    ...(isObject(metadata) ? metadataErrors(metadata, place("metadata")) : []),
  ];
}

function apiVersionErrors(value: unknown, at: FieldPath): FieldError[] {
  if (typeof value !== "string") return [invalid(at, value, "must be a string")];
  if (value === "") return [invalid(at, value, "must not be empty")];
  return value.split("/").length > 2 ? [invalid(at, value, `unexpected GroupVersion string: ${value}`)] : [];
}

function kindErrors(value: unknown, at: FieldPath): FieldError[] {
  if (typeof value !== "string") return [invalid(at, value, "must be a string")];
  if (value === "") return [invalid(at, value, "must not be empty")];
  const problems = isDns1035Label(value.toLowerCase());
  const text = `may have mixed case, but should otherwise match: ${problems.join(",")}`;
  return problems.length > 0 ? [invalid(at, value, text)] : [];
}

function metadataErrors(metadata: V1ObjectMeta, at: FieldPath): FieldError[] {
  const named = metadata.name ? metadata : { ...metadata, name: "fakename" };
  return validateObjectMeta(named, { namespaced: Boolean(metadata.namespace), nameFormat: "pathSegment" }, at);
}

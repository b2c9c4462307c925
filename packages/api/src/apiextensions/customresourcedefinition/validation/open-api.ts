import { forbidden, invalid, notSupported, required, type FieldError, type FieldPath } from "@dingi/apimachinery";
import { additionalOf, itemListOf, itemsOf, type Schema } from "../subschemas.ts";
import { listTypeErrors } from "./list-type.ts";
import { ruleErrors } from "./rules.ts";

const TYPES = ["array", "boolean", "integer", "number", "object", "string"];
const MAP_TYPES = ["atomic", "granular"];
const META_FIELDS = ["metadata", "kind", "apiVersion"];

/** Where in an object a schema stands. */
interface Context {
  readonly isRoot: boolean;
  /** Within the metadata of an object. */
  readonly inMeta: boolean;
  /** Why there may be no defaults. */
  readonly noDefaults?: string;
}

/** Upstream: apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go#ValidateCustomResourceDefinitionOpenAPISchema */
export function openApiErrors(
  schema: Schema | undefined,
  field: FieldPath,
  context: Context = { isRoot: true, inMeta: false },
): FieldError[] {
  if (!schema) return [];
  return [
    ...unsupportedErrors(schema, field, context),
    ...(schema.uniqueItems
      ? [
          forbidden(
            field.child("uniqueItems"),
            "uniqueItems cannot be set to true since the runtime complexity becomes quadratic",
          ),
        ]
      : []),
    ...innerErrors(schema, field, context),
    ...extensionErrors(schema, field),
    ...listTypeErrors(schema, field),
    ...ruleErrors(schema, field.child("x-kubernetes-validations")),
  ];
}

/** Upstream: …#specStandardValidatorV3 */
function unsupportedErrors(schema: Schema, field: FieldPath, { inMeta, noDefaults }: Context): FieldError[] {
  const { type = "" } = schema;
  const typeAt = field.child("type");
  const unsupported = (name: string, isThere: boolean): FieldError[] =>
    isThere ? [forbidden(field.child(name), `${name} is not supported`)] : [];
  const filled = (map: object | undefined): boolean => Object.keys(map ?? {}).length > 0;
  return [
    ...(type === "" || TYPES.includes(type) ? [] : [notSupported(typeAt, type, TYPES)]),
    ...defaultErrors(schema, field.child("default"), noDefaults),
    ...unsupported("id", Boolean(schema.id)),
    ...unsupported("additionalItems", schema.additionalItems !== undefined),
    ...unsupported("patternProperties", filled(schema.patternProperties)),
    ...unsupported("definitions", filled(schema.definitions)),
    ...unsupported("dependencies", filled(schema.dependencies)),
    ...unsupported("$ref", schema.$ref !== undefined),
    ...(type === "null" ? [forbidden(typeAt, "type cannot be set to null, use nullable as an alternative")] : []),
    ...(itemListOf(schema).length > 0
      ? [forbidden(field.child("items"), "items must be a schema object and not an array")]
      : []),
    ...(inMeta && schema["x-kubernetes-embedded-resource"]
      ? [forbidden(field.child("x-kubernetes-embedded-resource"), "must not be used inside of resource meta")]
      : []),
  ];
}

function defaultErrors(schema: Schema, field: FieldPath, reason: string | undefined): FieldError[] {
  const hasDefault = schema.default !== undefined && schema.default !== null;
  return hasDefault && reason ? [forbidden(field, `must not be set ${reason}`)] : [];
}

function innerErrors(schema: Schema, field: FieldPath, context: Context): FieldError[] {
  const inner = { ...context, isRoot: false };
  const list = (name: "allOf" | "oneOf" | "anyOf"): FieldError[] =>
    (schema[name] ?? []).flatMap((one, i) => openApiErrors(one, field.child(name).index(i), inner));
  return [
    ...additionalErrors(schema, field.child("additionalProperties"), inner),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, property]) =>
      openApiErrors(property, field.child("properties").key(name), contextOf(name, schema, context)),
    ),
    ...openApiErrors(schema.not, field.child("not"), inner),
    ...list("allOf"),
    ...list("oneOf"),
    ...list("anyOf"),
    ...Object.entries(schema.definitions ?? {}).flatMap(([name, one]) =>
      openApiErrors(one, field.child("definitions").key(name), inner),
    ),
    ...openApiErrors(itemsOf(schema), field.child("items"), inner),
    ...itemListOf(schema).flatMap((one, i) => openApiErrors(one, field.child("items").index(i), inner)),
  ];
}

function additionalErrors(schema: Schema, field: FieldPath, inner: Context): FieldError[] {
  const { additionalProperties: other, properties = {} } = schema;
  if (other === undefined || other === null) return [];
  const excludes = Object.keys(properties).length > 0 && other !== true;
  const reason = "inside additionalProperties applying to object metadata";
  return [
    ...(excludes ? [forbidden(field, "additionalProperties and properties are mutual exclusive")] : []),
    ...openApiErrors(additionalOf(schema), field, inner.inMeta ? { ...inner, noDefaults: reason } : inner),
  ];
}

function contextOf(name: string, schema: Schema, context: Context): Context {
  const isMeta = META_FIELDS.includes(name) && (context.isRoot || Boolean(schema["x-kubernetes-embedded-resource"]));
  return {
    ...context,
    isRoot: false,
    inMeta: context.inMeta || isMeta,
    ...(isMeta && context.isRoot ? { noDefaults: `in top-level ${name}` } : {}),
  };
}

function extensionErrors(schema: Schema, field: FieldPath): FieldError[] {
  const { type = "" } = schema;
  const mapType = schema["x-kubernetes-map-type"];
  const preserve = schema["x-kubernetes-preserve-unknown-fields"];
  const text = "must be object if x-kubernetes-map-type is specified";
  const typeAt = field.child("type");
  const wrong = type === "" ? required(typeAt, text) : invalid(typeAt, type, text);
  return [
    ...(preserve === false
      ? [invalid(field.child("x-kubernetes-preserve-unknown-fields"), false, "must be true or undefined")]
      : []),
    ...(mapType !== undefined && type !== "object" ? [wrong] : []),
    ...(mapType === undefined || MAP_TYPES.includes(mapType)
      ? []
      : [notSupported(field.child("x-kubernetes-map-type"), mapType, MAP_TYPES)]),
  ];
}

import { goValue } from "@dingi/apimachinery";
import {
  V1CustomResourceDefinitionVersion,
  V1JSONSchemaProps,
  type V1CustomResourceDefinitionVersion as Version,
} from "../customresourcedefinition.gen.ts";
import { additionalOf, itemListOf, itemsOf, type Schema } from "../subschemas.ts";

type Printed = Record<string, unknown>;

/** Names that upstream's internal type has for fields of the wire. */
const NAMES: Readonly<Record<string, string>> = {
  Id: "ID",
  $schema: "Schema",
  $ref: "Ref",
  "X-kubernetes-preserve-unknown-fields": "XPreserveUnknownFields",
  "X-kubernetes-embedded-resource": "XEmbeddedResource",
  "X-kubernetes-int-or-string": "XIntOrString",
  "X-kubernetes-list-map-keys": "XListMapKeys",
  "X-kubernetes-list-type": "XListType",
  "X-kubernetes-map-type": "XMapType",
  "X-kubernetes-validations": "XValidations",
};

export function printedVersion(version: Version): Printed {
  const printed = goValue(V1CustomResourceDefinitionVersion, { ...version });
  const schema = version.schema?.openAPIV3Schema;
  return { ...printed, Schema: version.schema ? { OpenAPIV3Schema: schema ? printedSchema(schema) : null } : null };
}

/** As upstream's internal type is printed, which has its fields in another order. */
export function printedSchema(schema: Schema): Printed {
  const { Nullable, ...printed } = goValue(V1JSONSchemaProps, { ...schema, ...INNER });
  const inner = printedInner(schema);
  const entries = Object.entries(printed).flatMap(([key, value]) => {
    const name = NAMES[key] ?? key;
    const entry = [name, name in inner ? inner[name] : value];
    return name === "Type" ? [entry, ["Nullable", Nullable]] : [entry];
  });
  return Object.fromEntries(entries) as Printed;
}

/** What holds schemas is printed by printedInner. */
const INNER = { properties: undefined, allOf: undefined, anyOf: undefined, oneOf: undefined, not: undefined };

function printedInner(schema: Schema): Printed {
  const { properties, allOf, anyOf, oneOf, not } = schema;
  return {
    Properties: properties
      ? Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, printedSchema(one)]))
      : null,
    AllOf: list(allOf),
    AnyOf: list(anyOf),
    OneOf: list(oneOf),
    Not: not ? printedSchema(not) : null,
    Items: printedItems(schema),
    AdditionalProperties: printedOthers(schema),
  };
}

const list = (schemas: readonly Schema[] | undefined) => schemas?.map(printedSchema) ?? null;

function printedItems(schema: Schema): Printed | null {
  const one = itemsOf(schema);
  if (one) return { Schema: printedSchema(one), JSONSchemas: null };
  const all = itemListOf(schema);
  return all.length > 0 ? { Schema: null, JSONSchemas: list(all) } : null;
}

function printedOthers(schema: Schema): Printed | null {
  const { additionalProperties: other } = schema;
  if (other === undefined || other === null) return null;
  const one = additionalOf(schema);
  return { Allows: other !== false, Schema: one ? printedSchema(one) : null };
}

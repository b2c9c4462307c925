import type { V1CustomResourceDefinitionSpec } from "./customresourcedefinition.gen.ts";
import { isKnownFormat } from "../customresource/values/known-format.ts";
import { itemsOf, schemasIn, type Schema } from "./subschemas.ts";

/** Upstream: apiextensions-apiserver/pkg/registry/customresourcedefinition/strategy.go#WarningsOnCreate */
export function schemaWarnings({ versions }: V1CustomResourceDefinitionSpec): string[] {
  const schemas = distinct((versions ?? []).map(({ schema }) => schema?.openAPIV3Schema));
  const all = schemas.flatMap((schema) => [...schemasIn(schema)]);
  const unknown = all
    .filter(isOfUnknownFormat)
    .map(({ format = "" }) => `unrecognized format ${JSON.stringify(format)}`);
  return [...unknown, ...new Set(all.flatMap(setWarnings).sort())];
}

/** A schema that all versions share is looked at once. */
function distinct(schemas: readonly (Schema | undefined)[]): readonly (Schema | undefined)[] {
  const texts = new Set(schemas.map((schema) => JSON.stringify(schema)));
  return texts.size === 1 ? schemas.slice(0, 1) : schemas;
}

const isOfUnknownFormat = (schema: Schema): boolean => Boolean(schema.format) && !isKnownFormat(schema);

function setWarnings(schema: Schema): string[] {
  const type = itemsOf(schema)?.type ?? "";
  if (schema["x-kubernetes-list-type"] !== "set" || !["object", "array"].includes(type)) return [];
  return [
    `x-kubernetes-list-type: set for items of type ${JSON.stringify(type)} is not supported by server-side apply or CEL validation rules`,
  ];
}

import type { V1CustomResourceDefinitionSpec } from "./customresourcedefinition.gen.ts";
import { itemsOf, schemasIn, type Schema } from "./subschemas.ts";

/** Without their hyphens. Upstream: apiextensions-apiserver/pkg/apiserver/validation/formats.go */
const TEXT_FORMATS: ReadonlySet<string> = new Set(
  "bsonobjectid uri email hostname ipv4 ipv6 cidr mac uuid uuid3 uuid4 uuid5 isbn isbn10 isbn13 creditcard ssn hexcolor rgbcolor byte password date duration datetime k8sshortname k8slongname".split(
    " ",
  ),
);
const FORMATS: Readonly<Record<string, readonly string[]>> = {
  integer: ["int32", "int64"],
  number: ["float", "double"],
};

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

function isOfUnknownFormat({ type = "", format = "" }: Schema): boolean {
  if (format === "") return false;
  if (type === "" || type === "string") return !TEXT_FORMATS.has(format.replaceAll("-", ""));
  return !(Object.hasOwn(FORMATS, type) && FORMATS[type]!.includes(format));
}

function setWarnings(schema: Schema): string[] {
  const type = itemsOf(schema)?.type ?? "";
  if (schema["x-kubernetes-list-type"] !== "set" || !["object", "array"].includes(type)) return [];
  return [
    `x-kubernetes-list-type: set for items of type ${JSON.stringify(type)} is not supported by server-side apply or CEL validation rules`,
  ];
}

import type { Schema } from "../../customresourcedefinition/subschemas.ts";

/** Without their hyphens. Upstream: apiextensions-apiserver/pkg/apiserver/validation/formats.go */
const TEXT_FORMATS: ReadonlySet<string> = new Set(
  "bsonobjectid uri email hostname ipv4 ipv6 cidr mac uuid uuid3 uuid4 uuid5 isbn isbn10 isbn13 creditcard ssn hexcolor rgbcolor byte password date duration datetime k8sshortname k8slongname".split(
    " ",
  ),
);
const NUMBER_FORMATS: Readonly<Record<string, readonly string[]>> = {
  integer: ["int32", "int64"],
  number: ["float", "double"],
};

/** Whether the format is one that values of the type may have. */
export function isKnownFormat({ type = "", format = "", ...rest }: Schema): boolean {
  if (type === "" || type === "string" || rest["x-kubernetes-int-or-string"])
    return TEXT_FORMATS.has(format.replaceAll("-", ""));
  return Object.hasOwn(NUMBER_FORMATS, type) && NUMBER_FORMATS[type]!.includes(format);
}

/** The format of a schema, or nothing where it is none that is known. */
export function knownFormat(schema: Schema): string {
  return schema.format && isKnownFormat(schema) ? schema.format : "";
}

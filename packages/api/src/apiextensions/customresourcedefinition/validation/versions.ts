import { byteLength, invalid, notSupported, required, type FieldError, type FieldPath } from "@dingi/apimachinery";
import type {
  V1CustomResourceDefinitionVersion,
  V1CustomResourceSubresources,
  V1CustomResourceValidation,
} from "../customresourcedefinition.gen.ts";
import type { Hoisted } from "../hoist.ts";
import { printerColumnErrors } from "./printer-columns.ts";
import type { Before } from "./before.ts";
import { validationErrors, type SchemaOptions } from "./schema.ts";
import { selectableFieldErrors } from "./selectable-fields.ts";
import { subresourceErrors } from "./subresources.ts";

const SCOPES = ["Cluster", "Namespaced"];
const MAX_WARNING = 256;

export function scopeErrors(scope: string, field: FieldPath): FieldError[] {
  if (scope === "") return [required(field)];
  return SCOPES.includes(scope) ? [] : [notSupported(field, scope, SCOPES)];
}

export function missingSchemaErrors({ versions, validation }: Hoisted, field: FieldPath): FieldError[] {
  if (validation?.openAPIV3Schema) return [];
  return versions.flatMap(({ schema }, i) =>
    schema?.openAPIV3Schema ? [] : [required(field.index(i).child("schema", "openAPIV3Schema"))],
  );
}

const hasStatus = (subresources: V1CustomResourceSubresources | undefined): boolean =>
  subresources?.status !== undefined;

interface VersionContext {
  readonly hoisted: Hoisted;
  readonly before: Before;
}

function optionsOf(schema: V1CustomResourceValidation | undefined, status: boolean, before: Before): SchemaOptions {
  return { ...before, hasStatus: status, suppressesCost: before.hasSchema(schema) };
}

/** What a version does not share. Upstream: apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go#validateCustomResourceDefinitionVersion */
export function versionErrors(
  version: V1CustomResourceDefinitionVersion,
  { hoisted: { versions, subresources }, before }: VersionContext,
  field: FieldPath,
): FieldError[] {
  const own = versions.some((other) => other.subresources !== undefined) ? version.subresources : subresources;
  const { schema, selectableFields = [] } = version;
  const at = field.child("selectableFields");
  const text = "may only be set when `version.schema.openAPIV3Schema` is not included";
  return [
    ...warningErrors(version, field.child("deprecationWarning")),
    ...validationErrors(schema, optionsOf(schema, hasStatus(own), before), field.child("schema")),
    ...subresourceErrors(version.subresources, field.child("subresources")),
    ...printerColumnErrors(version.additionalPrinterColumns, field.child("additionalPrinterColumns")),
    ...(selectableFields.length > 0 && !schema?.openAPIV3Schema ? [invalid(at, "", text)] : []),
    ...(schema?.openAPIV3Schema ? selectableFieldErrors(selectableFields, schema.openAPIV3Schema, at) : []),
  ];
}

/** What all versions share. */
export function sharedErrors({ hoisted, before }: VersionContext, field: FieldPath): FieldError[] {
  const { versions, validation, subresources, selectableFields = [] } = hoisted;
  const anyStatus = [subresources, ...versions.map((version) => version.subresources)].some(hasStatus);
  const at = field.child("selectableFields");
  const text = "may only be set when validations.schema is included";
  return [
    ...validationErrors(validation, optionsOf(validation, anyStatus, before), field.child("validation")),
    ...subresourceErrors(subresources, field.child("subresources")),
    ...printerColumnErrors(hoisted.additionalPrinterColumns, field.child("additionalPrinterColumns")),
    ...(selectableFields.length > 0 && !validation ? [invalid(at, "", text)] : []),
    ...(validation?.openAPIV3Schema ? selectableFieldErrors(selectableFields, validation.openAPIV3Schema, at) : []),
  ];
}

/** Upstream: …#validateDeprecationWarning */
function warningErrors({ deprecated, deprecationWarning: text }: V1CustomResourceDefinitionVersion, field: FieldPath) {
  if (text === undefined) return [];
  if (!deprecated) return [invalid(field, text, "can only be set for deprecated versions")];
  const bad = [...text].findIndex((character) => /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u.test(character));
  const index = byteLength([...text].slice(0, bad).join(""));
  return [
    ...(byteLength(text) > MAX_WARNING ? [invalid(field, text, "must be <= 256 characters long")] : []),
    ...(text === "" ? [invalid(field, text, "must not be an empty string")] : []),
    ...(bad < 0
      ? []
      : [
          invalid(
            field,
            text,
            `must only contain printable UTF-8 characters; non-printable character found at index ${index}`,
          ),
        ]),
  ];
}

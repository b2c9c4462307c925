import { duplicate, invalid, required, tooMany, type FieldError, type FieldPath } from "@dingi/apimachinery";
import type { V1SelectableField } from "../customresourcedefinition.gen.ts";
import { followSchemaPath, SchemaPathError } from "../../customresource/rules/schema-path.ts";
import type { Schema } from "../subschemas.ts";

const MAX_FIELDS = 8;
const TYPES = ["string", "boolean", "integer"];
const WRONG_TYPE =
  "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.";

/** Upstream: apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go#ValidateCustomResourceSelectableFields */
export function selectableFieldErrors(
  fields: readonly V1SelectableField[],
  schema: Schema,
  field: FieldPath,
): FieldError[] {
  const seen = new Set<string>();
  const errors = fields.flatMap(({ jsonPath = "" }: Partial<V1SelectableField>, i) => {
    const at = field.index(i).child("jsonPath");
    if (jsonPath === "") return [required(at)];
    const place = placeOf(jsonPath, schema);
    if (typeof place === "string") return [invalid(at, jsonPath, `is an invalid path: ${place}`)];
    const name = place.path.toString();
    const isTwice = seen.has(name);
    seen.add(name);
    return [
      ...(/^metadata(\.|$)/.test(name) ? [invalid(at, jsonPath, "must not point to fields in metadata")] : []),
      ...(TYPES.includes(place.schema.type ?? "") ? [] : [invalid(at, jsonPath, WRONG_TYPE)]),
      ...(isTwice ? [duplicate(at, jsonPath)] : []),
    ];
  });
  return seen.size > MAX_FIELDS ? [...errors, tooMany(field, seen.size, MAX_FIELDS)] : errors;
}

/** Where a path leads, or why it leads nowhere. */
function placeOf(text: string, schema: Schema): ReturnType<typeof followSchemaPath> | string {
  try {
    return followSchemaPath(text, schema, { arrays: false });
  } catch (error) {
    if (error instanceof SchemaPathError) return error.message;
    throw error;
  }
}

import { duplicate, invalid, required, tooMany, type FieldError, type FieldPath } from "@dingi/apimachinery";
import type { V1SelectableField } from "../customresourcedefinition.gen.ts";
import { followPath, isPlainPath, type Schema } from "../subschemas.ts";

const MAX_FIELDS = 8;
const TYPES = ["string", "boolean", "integer"];
const WRONG_TYPE =
  "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.";

/**
 * Differs: only paths of plain names are followed; how another one is wrong is not told in upstream's words.
 * Upstream: apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go#ValidateCustomResourceSelectableFields
 */
export function selectableFieldErrors(
  fields: readonly V1SelectableField[],
  schema: Schema,
  field: FieldPath,
): FieldError[] {
  const seen = new Set<string>();
  const errors = fields.flatMap(({ jsonPath = "" }: Partial<V1SelectableField>, i) => {
    const at = field.index(i).child("jsonPath");
    if (jsonPath === "") return [required(at)];
    const problem = pathProblem(jsonPath, schema);
    if (problem !== undefined) return [invalid(at, jsonPath, `is an invalid path: ${problem}`)];
    const isTwice = seen.has(jsonPath);
    seen.add(jsonPath);
    return [
      ...(/^\.metadata(\.|$)/.test(jsonPath) ? [invalid(at, jsonPath, "must not point to fields in metadata")] : []),
      ...(TYPES.includes(followPath(jsonPath, schema)?.type ?? "") ? [] : [invalid(at, jsonPath, WRONG_TYPE)]),
      ...(isTwice ? [duplicate(at, jsonPath)] : []),
    ];
  });
  return seen.size > MAX_FIELDS ? [...errors, tooMany(field, seen.size, MAX_FIELDS)] : errors;
}

function pathProblem(text: string, schema: Schema): string | undefined {
  if (!isPlainPath(text)) return `expected . followed by names but got: ${text}`;
  return followPath(text, schema) ? undefined : "does not refer to a valid field";
}

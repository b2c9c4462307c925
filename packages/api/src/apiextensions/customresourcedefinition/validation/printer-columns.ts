import { invalid, required, type FieldError, type FieldPath } from "@dingi/apimachinery";
import type { V1CustomResourceColumnDefinition } from "../customresourcedefinition.gen.ts";
import { simplePathErrors } from "./simple-path.ts";

const TYPES = ["boolean", "date", "integer", "number", "string"];
const FORMATS = ["byte", "date", "date-time", "double", "float", "int32", "int64", "password"];

/** Upstream: apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go#ValidateCustomResourceColumnDefinition */
export function printerColumnErrors(
  columns: readonly V1CustomResourceColumnDefinition[] | undefined,
  field: FieldPath,
): FieldError[] {
  return (columns ?? []).flatMap(
    ({ name, type = "", format = "", jsonPath = "" }: Partial<V1CustomResourceColumnDefinition>, i) => {
      const at = field.index(i);
      const pathAt = at.child("JSONPath");
      return [
        ...(name ? [] : [required(at.child("name"))]),
        ...typeErrors(type, at.child("type")),
        ...(format === "" || FORMATS.includes(format) ? [] : [oneOf(at.child("format"), format, FORMATS)]),
        ...(jsonPath === "" ? [required(pathAt)] : simplePathErrors(jsonPath, pathAt)),
      ];
    },
  );
}

const textOf = (values: readonly string[]): string => `must be one of ${values.join(",")}`;
const oneOf = (field: FieldPath, value: string, values: readonly string[]): FieldError =>
  invalid(field, value, textOf(values));

function typeErrors(type: string, field: FieldPath): FieldError[] {
  if (type === "") return [required(field, textOf(TYPES))];
  return TYPES.includes(type) ? [] : [oneOf(field, type, TYPES)];
}

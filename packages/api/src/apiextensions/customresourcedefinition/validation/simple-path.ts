import { invalid, type FieldError, type FieldPath } from "@dingi/apimachinery";

/** Upstream: apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go#validateSimpleJSONPath */
export function simplePathErrors(text: string, field: FieldPath): FieldError[] {
  if (text === "") return [invalid(field, text, "must not be empty")];
  return text.startsWith(".") ? [] : [invalid(field, text, "must be a simple json path starting with .")];
}

import { invalid, type FieldError, type FieldPath } from "../errors/field-error.ts";
import { FIELD_IMMUTABLE } from "./object-meta.ts";
import { semanticEqual } from "./semantic-equal.ts";

/** A field declared as immutable: the error shows no value. Upstream: apimachinery/pkg/api/validate/immutable.go#Immutable */
export function declaredImmutable(value: unknown, old: unknown, field: FieldPath): FieldError[] {
  return semanticEqual(value, old) ? [] : [invalid(field, null, FIELD_IMMUTABLE)];
}

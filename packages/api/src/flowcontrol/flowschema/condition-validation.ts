import { duplicate, path, required, type FieldError } from "@dingi/apimachinery";

/** Conditions of flow control are known by their types, and nothing else is asked of them. Upstream: pkg/apis/flowcontrol/validation/validation.go#ValidateFlowSchemaStatus */
export function validateConditionTypes(conditions: readonly { readonly type?: string }[]): FieldError[] {
  const seen = new Set<string>();
  return conditions.flatMap(({ type = "" }, i) => {
    const field = path("status", "conditions").index(i).child("type");
    const errors = seen.has(type) ? [duplicate(field, type)] : [];
    seen.add(type);
    return type === "" ? [...errors, required(field)] : errors;
  });
}

import { required, type FieldError, type FieldPath } from "@dingi/apimachinery";

/** Differs: what is written in CEL is not compiled, because there is no compiler yet; this is where it is asked. */
export function policyExpressionErrors(expression: string | undefined, field: FieldPath, text = ""): FieldError[] {
  return (expression ?? "").trim() === "" ? [required(field, text)] : [];
}

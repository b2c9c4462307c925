import { invalid, required, type FieldError, type FieldPath } from "@dingi/apimachinery";
import type { V1Variable } from "../validatingadmissionpolicy/validatingadmissionpolicy.gen.ts";
import { isBlank, missingExpression, type PolicyExpressions } from "./expression.ts";

const IDENTIFIER = /^[_a-zA-Z][_a-zA-Z0-9]*$/;
const RESERVED: ReadonlySet<string> = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(
    " ",
  ),
);

interface VariableRules {
  readonly expressions: PolicyExpressions;
  readonly stored: ReadonlySet<string>;
}

/** Upstream: pkg/apis/admissionregistration/validation/validation.go#validateVariable */
export function variableErrors(
  variables: readonly V1Variable[] | undefined,
  { expressions, stored }: VariableRules,
  field: FieldPath,
): FieldError[] {
  return (variables ?? []).flatMap(({ name = "", expression = "" }: Partial<V1Variable>, i) => {
    const at = field.index(i);
    const errors = nameErrors(name, at.child("name"));
    if (isBlank(expression))
      return [...errors, ...missingExpression(at.child("expression"), "expression is not specified")];
    return [...errors, ...expressions.declare(name, { expression, stored }, at.child("expression"))];
  });
}

function nameErrors(name: string, field: FieldPath): FieldError[] {
  if (name.trim() === "") return [required(field, "name is not specified")];
  if (IDENTIFIER.test(name) && !RESERVED.has(name)) return [];
  return [invalid(field, name, "must be a valid CEL identifier")];
}

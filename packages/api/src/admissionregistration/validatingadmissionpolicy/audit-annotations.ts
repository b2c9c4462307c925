import {
  byteLength,
  duplicate,
  goValue,
  invalid,
  isQualifiedName,
  required,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { V1AuditAnnotation } from "./validatingadmissionpolicy.gen.ts";
import { NULL, STRING } from "../expression/expression-errors.ts";
import { missingExpression, type PolicyExpressions } from "../policy/expression.ts";
import type { StoredExpressions } from "./stored-expressions.ts";

const MAX_ANNOTATIONS = 20;
const MAX_EXPRESSION = 5 * 1024;

interface AnnotationRules {
  /** Its name, which keys begin with. */
  readonly policy: string;
  readonly expressions: PolicyExpressions;
  readonly stored: StoredExpressions;
}

/** Upstream: pkg/apis/admissionregistration/validation/validation.go#validateAuditAnnotation */
export function auditAnnotationErrors(
  annotations: readonly V1AuditAnnotation[],
  rules: AnnotationRules,
  field: FieldPath,
): FieldError[] {
  const seen = new Set<string>();
  const printed = () => annotations.map((annotation) => goValue(V1AuditAnnotation, { ...annotation }));
  const tooMany = `must not have more than ${MAX_ANNOTATIONS} auditAnnotations`;
  return [
    ...(annotations.length > MAX_ANNOTATIONS ? [invalid(field, printed(), tooMany)] : []),
    // Differs: upstream compiles those too that are too many.
    ...annotations
      .slice(0, MAX_ANNOTATIONS)
      .flatMap(({ key = "", valueExpression = "" }: Partial<V1AuditAnnotation>, i) => {
        const at = field.index(i);
        const isTwice = seen.has(key);
        seen.add(key);
        return [
          ...keyErrors(key, rules.policy, at.child("key")),
          ...expressionErrors(valueExpression, rules, at.child("valueExpression")),
          ...(isTwice ? [duplicate(at.child("key"), key)] : []),
        ];
      }),
  ];
}

function keyErrors(key: string, policy: string, field: FieldPath): FieldError[] {
  if (policy === "") return [invalid(field, key, "requires metadata.name be non-empty")];
  const name = `${policy}/${key}`;
  return isQualifiedName(name).map((text) => invalid(field, name, text));
}

function expressionErrors(written: string, { expressions, stored }: AnnotationRules, field: FieldPath): FieldError[] {
  const expression = written.trim();
  if (expression === "") return missingExpression(field, "valueExpression is not specified");
  if (byteLength(expression) > MAX_EXPRESSION)
    return [required(field, `must not exceed ${MAX_EXPRESSION} bytes in length`)];
  const rules = { authorizer: true, returns: [STRING, NULL], stored: stored.annotations, written };
  return expressions.errors(expression, rules, field);
}

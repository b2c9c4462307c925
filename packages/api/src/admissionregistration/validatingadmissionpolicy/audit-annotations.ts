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
import { policyExpressionErrors } from "../policy/expression.ts";

const MAX_ANNOTATIONS = 20;
const MAX_EXPRESSION = 5 * 1024;

/** Upstream: pkg/apis/admissionregistration/validation/validation.go#validateAuditAnnotation */
export function auditAnnotationErrors(
  annotations: readonly V1AuditAnnotation[],
  policy: string,
  field: FieldPath,
): FieldError[] {
  const seen = new Set<string>();
  const printed = () => annotations.map((annotation) => goValue(V1AuditAnnotation, { ...annotation }));
  const tooMany = `must not have more than ${MAX_ANNOTATIONS} auditAnnotations`;
  return [
    ...(annotations.length > MAX_ANNOTATIONS ? [invalid(field, printed(), tooMany)] : []),
    ...annotations.flatMap(({ key = "", valueExpression = "" }: Partial<V1AuditAnnotation>, i) => {
      const at = field.index(i);
      const isTwice = seen.has(key);
      seen.add(key);
      return [
        ...keyErrors(key, policy, at.child("key")),
        ...expressionErrors(valueExpression.trim(), at.child("valueExpression")),
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

function expressionErrors(expression: string, field: FieldPath): FieldError[] {
  if (byteLength(expression) > MAX_EXPRESSION)
    return [required(field, `must not exceed ${MAX_EXPRESSION} bytes in length`)];
  return policyExpressionErrors(expression, field, "valueExpression is not specified");
}

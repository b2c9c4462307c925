import { path, required, validateConditions, type FieldError } from "@dingi/apimachinery";
import type { V1ExpressionWarning, V1ValidatingAdmissionPolicy } from "./validatingadmissionpolicy.gen.ts";

const STATUS = path("status");

/** Upstream: pkg/apis/admissionregistration/validation/validation.go#validateValidatingAdmissionPolicyStatus */
export function validatePolicyStatus({ status }: V1ValidatingAdmissionPolicy): FieldError[] {
  const { typeChecking, conditions = [] } = status ?? {};
  const at = STATUS.child("typeChecking", "expressionWarnings");
  return [
    ...(typeChecking?.expressionWarnings ?? []).flatMap(
      ({ warning = "", fieldRef = "" }: Partial<V1ExpressionWarning>, i) => [
        ...(warning === "" ? [required(at.index(i).child("warning"))] : []),
        // Differs: what is no JSONPath is taken as well.
        ...(fieldRef.trim() === "" ? [required(at.index(i).child("fieldRef"))] : []),
      ],
    ),
    ...validateConditions(conditions, STATUS.child("conditions")),
  ];
}

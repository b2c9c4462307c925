import { path, required, semanticEqual, type FieldError } from "@dingi/apimachinery";
import { failurePolicyErrors } from "../policy/failure-policy.ts";
import { matchConstraintsErrors } from "../policy/match-resources.ts";
import { paramKindErrors } from "../policy/param-kind.ts";
import { PolicyExpressions } from "../policy/expression.ts";
import { variableErrors } from "../policy/variables.ts";
import { matchConditionErrors } from "../webhook/match-conditions.ts";
import { auditAnnotationErrors } from "./audit-annotations.ts";
import { storedExpressions } from "./stored-expressions.ts";
import type { V1ValidatingAdmissionPolicy } from "./validatingadmissionpolicy.gen.ts";
import { validationErrors } from "./validations.ts";

const SPEC = path("spec");
const AT_LEAST_ONE = "validations or auditAnnotations must contain at least one item";

/** Upstream: pkg/apis/admissionregistration/validation/validation.go#validateValidatingAdmissionPolicySpec */
export function validatePolicy(
  { metadata, spec }: V1ValidatingAdmissionPolicy,
  old?: V1ValidatingAdmissionPolicy,
): FieldError[] {
  const { matchConditions = [], validations = [], auditAnnotations = [], variables = [] } = spec;
  const params = spec.paramKind !== undefined;
  const expressions = new PolicyExpressions({ params, composed: variables.length > 0 });
  const stored = storedExpressions(old);
  const conditionsAreKept = old !== undefined && semanticEqual(spec.matchConditions, old.spec.matchConditions);
  const [validationsAt, auditAt] = [SPEC.child("validations"), SPEC.child("auditAnnotations")];
  return [
    ...failurePolicyErrors(spec.failurePolicy, SPEC.child("failurePolicy")),
    ...paramKindErrors(spec.paramKind, SPEC.child("paramKind")),
    ...matchConstraintsErrors(spec.matchConstraints, SPEC.child("matchConstraints")),
    ...(conditionsAreKept
      ? []
      : matchConditionErrors(matchConditions, { params, stored: stored.conditions }, SPEC.child("matchConditions"))),
    ...variableErrors(variables, { expressions, stored: stored.validations }, SPEC.child("variables")),
    ...(validations.length === 0 && auditAnnotations.length === 0
      ? [required(validationsAt, AT_LEAST_ONE), required(auditAt, AT_LEAST_ONE)]
      : []),
    ...validations.flatMap((validation, i) =>
      validationErrors(validation, { expressions, stored }, validationsAt.index(i)),
    ),
    ...auditAnnotationErrors(auditAnnotations, { policy: metadata.name ?? "", expressions, stored }, auditAt),
  ];
}

import type { V1ValidatingAdmissionPolicy } from "./validatingadmissionpolicy.gen.ts";

/** What a policy says already, by where. */
export interface StoredExpressions {
  readonly conditions: ReadonlySet<string>;
  readonly validations: ReadonlySet<string>;
  readonly messages: ReadonlySet<string>;
  readonly annotations: ReadonlySet<string>;
}

/** Upstream: pkg/apis/admissionregistration/validation/validation.go#findValidatingPolicyPreexistingExpressions */
export function storedExpressions(old: V1ValidatingAdmissionPolicy | undefined): StoredExpressions {
  const { matchConditions = [], validations = [], auditAnnotations = [] } = old?.spec ?? {};
  return {
    conditions: new Set(matchConditions.map(({ expression }) => expression)),
    validations: new Set(validations.map(({ expression }) => expression)),
    messages: new Set(validations.flatMap(({ messageExpression }) => messageExpression ?? [])),
    annotations: new Set(auditAnnotations.map(({ valueExpression }) => valueExpression)),
  };
}

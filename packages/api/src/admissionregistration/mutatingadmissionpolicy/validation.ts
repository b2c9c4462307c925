import { notSupported, path, required, semanticEqual, type FieldError, type FieldPath } from "@dingi/apimachinery";
import { failurePolicyErrors } from "../policy/failure-policy.ts";
import { matchConstraintsErrors, mutatedOperationErrors } from "../policy/match-resources.ts";
import { paramKindErrors } from "../policy/param-kind.ts";
import { PolicyExpressions } from "../policy/expression.ts";
import { variableErrors } from "../policy/variables.ts";
import { matchConditionErrors } from "../webhook/match-conditions.ts";
import type { V1MutatingAdmissionPolicy } from "./mutatingadmissionpolicy.gen.ts";
import { mutationErrors } from "./mutations.ts";

const SPEC = path("spec");
const NONE: ReadonlySet<string> = new Set();
const REINVOCATION_POLICIES = ["IfNeeded", "Never"];

/** Upstream: pkg/apis/admissionregistration/validation/validation.go#validateMutatingAdmissionPolicySpec */
export function validatePolicy({ spec }: V1MutatingAdmissionPolicy, old?: V1MutatingAdmissionPolicy): FieldError[] {
  const { matchConstraints, matchConditions = [], mutations = [] } = spec;
  const params = spec.paramKind !== undefined;
  const expressions = new PolicyExpressions({ params, composed: true });
  const stored = storedExpressions(old);
  const conditionsAreKept = old !== undefined && semanticEqual(spec.matchConditions, old.spec.matchConditions);
  const [constraintsAt, mutationsAt] = [SPEC.child("matchConstraints"), SPEC.child("mutations")];
  return [
    ...failurePolicyErrors(spec.failurePolicy, SPEC.child("failurePolicy")),
    ...paramKindErrors(spec.paramKind, SPEC.child("paramKind")),
    ...matchConstraintsErrors(matchConstraints, constraintsAt),
    ...mutatedOperationErrors(matchConstraints, constraintsAt),
    ...(conditionsAreKept
      ? []
      : matchConditionErrors(matchConditions, { params, stored: stored.conditions }, SPEC.child("matchConditions"))),
    ...variableErrors(spec.variables, { expressions, stored: NONE }, SPEC.child("variables")),
    ...(mutations.length === 0 ? [required(mutationsAt, "mutations must contain at least one item")] : []),
    ...mutations.flatMap((mutation, i) =>
      mutationErrors(mutation, { expressions, stored: stored.configurations }, mutationsAt.index(i)),
    ),
    ...reinvocationErrors(spec.reinvocationPolicy ?? "", SPEC.child("reinvocationPolicy")),
  ];
}

/**
 * A JSON patch that is stored counts as new: upstream looks for it among the configurations.
 * Upstream: pkg/apis/admissionregistration/validation/validation.go#findMutatingPolicyPreexistingExpressions
 */
function storedExpressions(old: V1MutatingAdmissionPolicy | undefined) {
  const { matchConditions = [], mutations = [] } = old?.spec ?? {};
  return {
    conditions: new Set(matchConditions.map(({ expression }) => expression)),
    configurations: new Set(mutations.flatMap(({ applyConfiguration }) => applyConfiguration?.expression ?? [])),
  };
}

function reinvocationErrors(policy: string, field: FieldPath): FieldError[] {
  if (policy === "") return [required(field)];
  return REINVOCATION_POLICIES.includes(policy) ? [] : [notSupported(field, policy, REINVOCATION_POLICIES)];
}

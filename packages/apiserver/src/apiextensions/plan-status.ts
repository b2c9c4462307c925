import {
  approvalOf,
  conditionOf,
  isConditionTrue as isTrue,
  structuralErrors,
  validateCaBundle,
  withCondition,
  withoutCondition,
  type NewCondition,
  type V1CustomResourceDefinition as Definition,
} from "@dingi/api";
import { aggregateText, fieldErrorText, invalid, path, semanticEqual, type FieldError } from "@dingi/apimachinery";
import { acceptNames } from "./names.ts";

/**
 * The status of a definition as it should be, beside those of the others: which names it has, and whether its objects can be
 * used. The same object when nothing changes.
 * Upstream: apiextensions-apiserver/pkg/controller/{status,establish,nonstructuralschema,apiapproval}
 */
export function planStatus(definition: Definition, others: Iterable<Definition>, now: string): Definition {
  const planned = [withNames(others, now), withApproval(now), withStructure(now), withEstablished(now)].reduce(
    (current, step) => step(current),
    definition,
  );
  return semanticEqual(planned.status, definition.status) ? definition : planned;
}

type Step = (definition: Definition) => Definition;

const withNames =
  (others: Iterable<Definition>, now: string): Step =>
  (definition) => {
    const accepted = definition.status?.acceptedNames;
    if (semanticEqual(definition.spec.names, accepted) && conditionOf(definition, "NamesAccepted")) return definition;
    const { names, condition } = acceptNames(definition, others);
    const named = { ...definition, status: { ...definition.status, acceptedNames: names } };
    return withCondition(named, condition, now);
  };

const NOT_ACCEPTED = { status: "False", reason: "NotAccepted", message: "not all names are accepted" };
const ACCEPTED = { status: "True", reason: "InitialNamesAccepted", message: "the initial names have been accepted" };
const BAD_BUNDLE = {
  status: "False",
  reason: "InvalidCABundle",
  message: "The conversion webhook CABundle is invalid",
};

/** Once it is, it stays so. */
const withEstablished =
  (now: string): Step =>
  (definition) => {
    if (isTrue(definition, "Established")) return definition;
    const state = !isTrue(definition, "NamesAccepted")
      ? NOT_ACCEPTED
      : hasBadBundle(definition)
        ? BAD_BUNDLE
        : ACCEPTED;
    return withCondition(definition, { type: "Established", ...state }, now);
  };

function hasBadBundle({ spec }: Definition): boolean {
  const bundle = spec.conversion?.webhook?.clientConfig?.caBundle;
  return bundle !== undefined && validateCaBundle(bundle, path("caBundle")).length > 0;
}

const APPROVALS = {
  approved: { status: "True", reason: "ApprovedAnnotation" },
  bypassed: { status: "False", reason: "UnapprovedAnnotation" },
  missing: { status: "False", reason: "MissingAnnotation" },
  invalid: { status: "False", reason: "InvalidAnnotation" },
} as const;

const withApproval =
  (now: string): Step =>
  (definition) => {
    const approval = approvalOf(definition);
    if (!approval) return definition;
    const { state, message } = approval;
    return withChanged(
      definition,
      { type: "KubernetesAPIApprovalPolicyConformant", ...APPROVALS[state], message },
      now,
    );
  };

/** Definitions from before there were structures. */
const withStructure =
  (now: string): Step =>
  (definition) => {
    const errors = structureErrors(definition);
    const type = "NonStructuralSchema";
    if (errors.length === 0) return conditionOf(definition, type) ? withoutCondition(definition, type) : definition;
    const message = aggregateText(errors.map(fieldErrorText));
    return withChanged(definition, { type, status: "True", reason: "Violations", message }, now);
  };

function structureErrors({ spec }: Definition): FieldError[] {
  const preserves = path("spec", "preserveUnknownFields");
  return [
    ...(spec.preserveUnknownFields ? [invalid(preserves, true, "must be false")] : []),
    ...spec.versions.flatMap(({ schema }, i) => {
      const root = schema?.openAPIV3Schema;
      return root ? structuralErrors(root, path("spec", "versions").index(i).child("schema", "openAPIV3Schema")) : [];
    }),
  ];
}

function withChanged(definition: Definition, condition: NewCondition, now: string): Definition {
  const before = conditionOf(definition, condition.type);
  const isSame = before?.status === condition.status && before.reason === condition.reason;
  return isSame && before.message === condition.message ? definition : withCondition(definition, condition, now);
}

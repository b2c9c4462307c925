import {
  forbidden,
  goValue,
  invalid,
  path,
  required,
  validateLabelSelectorRequirement,
  type FieldError,
  type FieldPath,
  type V1ObjectMeta,
} from "@dingi/apimachinery";
import type { V1LocalSubjectAccessReview } from "../localsubjectaccessreview/localsubjectaccessreview.gen.ts";
import type { V1SelfSubjectAccessReview } from "../selfsubjectaccessreview/selfsubjectaccessreview.gen.ts";
import {
  V1NonResourceAttributes,
  type V1FieldSelectorAttributes,
  type V1LabelSelectorAttributes,
  type V1ResourceAttributes,
  type V1SubjectAccessReview,
  type V1SubjectAccessReviewSpec,
} from "./subjectaccessreview.gen.ts";

const SPEC = path("spec");
const METADATA = path("metadata");

/** Upstream: pkg/apis/authorization/validation/validation.go */
export function validateSubjectAccessReview({ metadata, spec }: V1SubjectAccessReview): FieldError[] {
  return [...specErrors(spec), ...metadataErrors(metadata, metadata, "must be empty")];
}

export function validateSelfSubjectAccessReview({ metadata, spec }: V1SelfSubjectAccessReview): FieldError[] {
  return [
    ...choiceErrors(spec),
    ...attributesErrors(spec.resourceAttributes),
    ...metadataErrors(metadata, metadata, "must be empty"),
  ];
}

/** The object is already in the request's namespace. */
export function validateLocalSubjectAccessReview({ metadata, spec }: V1LocalSubjectAccessReview): FieldError[] {
  const { namespace = "", ...rest } = metadata;
  const errors = [...specErrors(spec), ...metadataErrors(rest, metadata, "must be empty except for namespace")];
  const { resourceAttributes: attributes, nonResourceAttributes } = spec;
  if (attributes && (attributes.namespace ?? "") !== namespace) {
    const field = SPEC.child("resourceAttributes", "namespace");
    errors.push(invalid(field, attributes.namespace ?? "", "must match metadata.namespace"));
  }
  if (nonResourceAttributes) {
    const shown = goValue(V1NonResourceAttributes, { ...nonResourceAttributes });
    errors.push(invalid(SPEC.child("nonResourceAttributes"), shown, "disallowed on this kind of request"));
  }
  return errors;
}

function specErrors(spec: V1SubjectAccessReviewSpec): FieldError[] {
  const nobody = !spec.user && (spec.groups ?? []).length === 0;
  return [
    ...choiceErrors(spec),
    ...(nobody ? [invalid(SPEC.child("user"), "", "at least one of user or group must be specified")] : []),
    ...attributesErrors(spec.resourceAttributes),
  ];
}

type Choice = Pick<V1SubjectAccessReviewSpec, "resourceAttributes" | "nonResourceAttributes">;

function choiceErrors({ resourceAttributes, nonResourceAttributes }: Choice): FieldError[] {
  if ((resourceAttributes === undefined) !== (nonResourceAttributes === undefined)) return [];
  const shown = nonResourceAttributes ? goValue(V1NonResourceAttributes, { ...nonResourceAttributes }) : null;
  return [invalid(SPEC, shown, "exactly one of nonResourceAttributes or resourceAttributes must be specified")];
}

/** Differs: field managers of a review are not worked out, so the text never shows them. */
function metadataErrors(checked: V1ObjectMeta, shown: V1ObjectMeta, text: string): FieldError[] {
  const isSet = Object.entries(checked).some(([name, value]) => value !== undefined && name !== "managedFields");
  return isSet ? [invalid(METADATA, shown, text)] : [];
}

function attributesErrors(attributes: V1ResourceAttributes | undefined): FieldError[] {
  const field = SPEC.child("resourceAttributes");
  const { fieldSelector, labelSelector } = attributes ?? {};
  return [
    ...(fieldSelector ? fieldSelectorErrors(fieldSelector, field.child("fieldSelector")) : []),
    ...(labelSelector ? labelSelectorErrors(labelSelector, field.child("labelSelector")) : []),
  ];
}

function fieldSelectorErrors(selector: V1FieldSelectorAttributes, field: FieldPath): FieldError[] {
  return [
    ...rawOrRequirements(selector, field),
    ...(selector.requirements ?? []).flatMap(({ key, operator, values = [] }, i) => {
      const at = field.child("requirements").index(i);
      return [
        ...(key ? [] : [required(at.child("key"), "must be specified")]),
        ...valuesErrors(operator, values, at.child("values")),
      ];
    }),
  ];
}

/** Operators that are not known may be a newer client's. */
function labelSelectorErrors(selector: V1LabelSelectorAttributes, field: FieldPath): FieldError[] {
  return [
    ...rawOrRequirements(selector, field),
    ...(selector.requirements ?? []).flatMap((requirement, i) => {
      const at = field.child("requirements").index(i);
      const operator = at.child("operator").toString();
      return validateLabelSelectorRequirement(requirement, at).filter((error) => error.field !== operator);
    }),
  ];
}

function rawOrRequirements(selector: V1FieldSelectorAttributes | V1LabelSelectorAttributes, field: FieldPath) {
  const { rawSelector = "", requirements = [] } = selector;
  if (rawSelector !== "" && requirements.length > 0) {
    return [invalid(field.child("rawSelector"), rawSelector, "may not specified at the same time as requirements")];
  }
  if (rawSelector !== "" || requirements.length > 0) return [];
  return [required(field.child("requirements"), `when ${field} is specified, requirements or rawSelector is required`)];
}

function valuesErrors(operator: string, values: readonly string[], field: FieldPath): FieldError[] {
  if (["In", "NotIn"].includes(operator) && values.length === 0) {
    return [required(field, "must be specified when `operator` is 'In' or 'NotIn'")];
  }
  if (["Exists", "DoesNotExist"].includes(operator) && values.length > 0) {
    return [forbidden(field, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")];
  }
  return [];
}

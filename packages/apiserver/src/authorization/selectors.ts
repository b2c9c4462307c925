import {
  newRequirement,
  parseFieldSelector,
  parseLabelSelector,
  type Operator,
  type Requirement,
} from "@dingi/apimachinery";
import type { V1FieldSelectorAttributes, V1LabelSelectorAttributes } from "@dingi/api";
import type { AuthorizationAttributes, FieldRequirement, Selected } from "./authorizer.ts";

type Asked = Pick<
  AuthorizationAttributes,
  "fieldSelector" | "labelSelector" | "fieldRequirements" | "labelRequirements"
>;

/** Upstream: apiserver/pkg/endpoints/filters/authorization.go#GetAuthorizerAttributes */
export function selectedFields({ fieldSelector, fieldRequirements }: Asked): Selected<FieldRequirement> {
  if (fieldRequirements) return fieldRequirements;
  return read(fieldSelector, (text) => parseFieldSelector(text).requirements);
}

export function selectedLabels({ labelSelector, labelRequirements }: Asked): Selected<Requirement> {
  if (labelRequirements) return labelRequirements;
  return read(labelSelector, (text) => parseLabelSelector(text).requirements ?? []);
}

function read<T>(text: string | undefined, parse: (text: string) => readonly T[]): Selected<T> {
  if (!text) return { requirements: [], isFlawed: false };
  try {
    return { requirements: parse(text), isFlawed: false };
  } catch {
    return { requirements: [], isFlawed: true };
  }
}

/** The selectors of a review. Upstream: pkg/registry/authorization/util/helpers.go#ResourceAttributesFrom */
export function reviewedSelectors(asked: {
  readonly fieldSelector?: V1FieldSelectorAttributes | undefined;
  readonly labelSelector?: V1LabelSelectorAttributes | undefined;
}): Asked {
  const { fieldSelector, labelSelector } = asked;
  const fields = eachOf(fieldSelector?.requirements, fieldRequirement);
  const labels = eachOf(labelSelector?.requirements, labelRequirement);
  return {
    ...(fieldSelector?.rawSelector ? { fieldSelector: fieldSelector.rawSelector } : {}),
    ...(labelSelector?.rawSelector ? { labelSelector: labelSelector.rawSelector } : {}),
    ...(fields ? { fieldRequirements: fields } : {}),
    ...(labels ? { labelRequirements: labels } : {}),
  };
}

function eachOf<From, To>(
  all: readonly From[] | undefined,
  convert: (one: From) => To | undefined,
): Selected<To> | undefined {
  if (!all || all.length === 0) return undefined;
  const requirements = all.flatMap((one) => convert(one) ?? []);
  return { requirements, isFlawed: requirements.length < all.length };
}

interface ReviewedRequirement {
  readonly key?: string | undefined;
  readonly operator?: string | undefined;
  readonly values?: readonly string[] | undefined;
}

/** Fields have one value each, so far. */
function fieldRequirement({ key = "", operator, values = [] }: ReviewedRequirement): FieldRequirement | undefined {
  const [value, ...others] = values;
  if (value === undefined || others.length > 0) return undefined;
  if (operator === "In") return { field: key, operator: "=", value };
  return operator === "NotIn" ? { field: key, operator: "!=", value } : undefined;
}

const OPERATORS = new Map<string, Operator>([
  ["In", "in"],
  ["NotIn", "notin"],
  ["Exists", "exists"],
  ["DoesNotExist", "!"],
]);

function labelRequirement({ key = "", operator = "", values = [] }: ReviewedRequirement): Requirement | undefined {
  const known = OPERATORS.get(operator);
  if (known === undefined) return undefined;
  try {
    return newRequirement(key, known, values);
  } catch {
    return undefined;
  }
}

/** How reviews say what a requirement asks. */
export const shownField = ({ field, operator, value }: FieldRequirement) => ({
  key: field,
  operator: operator === "=" ? "In" : "NotIn",
  values: [value],
});

const SHOWN = new Map<Operator, string>([
  ["=", "In"],
  ["==", "In"],
  ["in", "In"],
  ["!=", "NotIn"],
  ["notin", "NotIn"],
  ["exists", "Exists"],
  ["!", "DoesNotExist"],
]);

/** Empty for what reviews cannot say. */
export function shownLabel({ key, operator, values }: Requirement): object[] {
  const known = SHOWN.get(operator);
  if (known === undefined) return [];
  return [{ key, operator: known, ...(values.length > 0 ? { values } : {}) }];
}

import { findErrors, invalid, path, required, validateLabelSelector, type FieldError } from "@dingi/apimachinery";
import { validateRuleTargets, validateRuleVerbs } from "../role/validation.ts";
import type { V1AggregationRule, V1ClusterRole } from "./clusterrole.gen.ts";

const SELECTORS = path("aggregationRule", "clusterRoleSelectors");

/** Upstream: pkg/apis/rbac/validation/validation.go#ValidateClusterRole */
export function validateClusterRole({ rules, aggregationRule }: V1ClusterRole, old?: V1ClusterRole): FieldError[] {
  const allowInvalidValues = old?.aggregationRule !== undefined && hasErrors(old.aggregationRule);
  return [
    ...validateRuleTargets(rules ?? [], { namespaced: false }),
    ...(aggregationRule ? aggregationErrors(aggregationRule, allowInvalidValues) : []),
    ...validateRuleVerbs(rules ?? []),
  ];
}

const hasErrors = (rule: V1AggregationRule): boolean => findErrors(() => selectorErrors(rule, false)).length > 0;

function aggregationErrors(rule: V1AggregationRule, allowInvalidValues: boolean): FieldError[] {
  if (rule.clusterRoleSelectors?.length) return selectorErrors(rule, allowInvalidValues);
  return [required(SELECTORS, "at least one clusterRoleSelector required if aggregationRule is non-nil")];
}

function selectorErrors({ clusterRoleSelectors = [] }: V1AggregationRule, allowInvalidValues: boolean): FieldError[] {
  return clusterRoleSelectors.flatMap((selector, i) => {
    const field = SELECTORS.index(i);
    const errors = validateLabelSelector(selector, field, { allowInvalidValues });
    return errors.length === 0 ? [] : [...errors, invalid(field, null, "invalid label selector.")];
  });
}

import { invalid, path, required, type FieldError, type FieldPath } from "@dingi/apimachinery";
import type { V1PolicyRule } from "./role.gen.ts";

interface RuleOptions {
  readonly namespaced: boolean;
}

/** What rules apply to, and then, last, that they have verbs. Upstream: pkg/apis/rbac/validation/validation.go#ValidatePolicyRule */
export function validateRules(rules: readonly V1PolicyRule[], options: RuleOptions): FieldError[] {
  return [...validateRuleTargets(rules, options), ...validateRuleVerbs(rules)];
}

export function validateRuleTargets(rules: readonly V1PolicyRule[], options: RuleOptions): FieldError[] {
  return rules.flatMap((rule, i) => targetErrors(rule, options, path("rules").index(i)));
}

export function validateRuleVerbs(rules: readonly V1PolicyRule[]): FieldError[] {
  return rules.flatMap(({ verbs }, i) => (verbs?.length ? [] : [required(path("rules").index(i).child("verbs"))]));
}

function targetErrors(rule: V1PolicyRule, { namespaced }: RuleOptions, field: FieldPath): FieldError[] {
  const { apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  const errors: FieldError[] = [];
  if (nonResourceURLs.length > 0) {
    const at = field.child("nonResourceURLs");
    if (namespaced) errors.push(invalid(at, nonResourceURLs, "namespaced rules cannot apply to non-resource URLs"));
    if (apiGroups.length + resources.length + resourceNames.length > 0) {
      errors.push(invalid(at, nonResourceURLs, "rules cannot apply to both regular resources and non-resource URLs"));
    }
    return errors;
  }
  if (apiGroups.length === 0)
    errors.push(required(field.child("apiGroups"), "resource rules must supply at least one api group"));
  if (resources.length === 0)
    errors.push(required(field.child("resources"), "resource rules must supply at least one resource"));
  return errors;
}

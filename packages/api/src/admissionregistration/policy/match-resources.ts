import {
  duplicate,
  invalid,
  isPathSegmentName,
  notSupported,
  required,
  validateLabelSelector,
  type Draft,
  type FieldError,
  type FieldPath,
  type V1LabelSelector,
} from "@dingi/apimachinery";
import type {
  V1MatchResources,
  V1NamedRuleWithOperations,
} from "../validatingadmissionpolicy/validatingadmissionpolicy.gen.ts";
import { ruleErrors } from "../webhook/rules.ts";

const MATCH_POLICIES = ["Equivalent", "Exact"];

/** Upstream: pkg/apis/admissionregistration/v1/defaults.go#SetDefaults_MatchResources */
export function defaultMatchResources(match: Draft<V1MatchResources> | undefined): void {
  if (!match) return;
  match.matchPolicy ??= "Equivalent";
  match.namespaceSelector ??= {};
  match.objectSelector ??= {};
  for (const rule of [...(match.resourceRules ?? []), ...(match.excludeResourceRules ?? [])]) rule.scope ??= "*";
}

/** Upstream: pkg/apis/admissionregistration/validation/validation.go#validateMatchResources */
export function matchResourcesErrors(match: V1MatchResources, field: FieldPath): FieldError[] {
  const { matchPolicy, namespaceSelector, objectSelector } = match;
  return [
    ...policyErrors(matchPolicy, field.child("matchPolicy")),
    ...selectorErrors(namespaceSelector, field.child("namespaceSelector")),
    ...selectorErrors(objectSelector, field.child("objectSelector")),
    ...namedRuleErrors(match.resourceRules, field.child("resourceRules")),
    ...namedRuleErrors(match.excludeResourceRules, field.child("excludeResourceRules")),
  ];
}

/** Those of a policy, which has to say what it is for. */
export function matchConstraintsErrors(match: V1MatchResources | undefined, field: FieldPath): FieldError[] {
  if (!match) return [required(field)];
  const isEmpty = (match.resourceRules ?? []).length === 0;
  return [...matchResourcesErrors(match, field), ...(isEmpty ? [required(field.child("resourceRules"))] : [])];
}

/** What goes cannot be changed. */
export function mutatedOperationErrors(match: V1MatchResources | undefined, field: FieldPath): FieldError[] {
  const at = field.child("resourceRules", "operations");
  return (match?.resourceRules ?? [])
    .flatMap(({ operations = [] }) => operations)
    .filter((operation) => !MUTATED.includes(operation))
    .map((operation) => notSupported(at, operation, MUTATED));
}

const MUTATED = ["*", "CONNECT", "CREATE", "UPDATE"];

function policyErrors(policy: string | undefined, field: FieldPath): FieldError[] {
  if (policy === undefined) return [required(field)];
  return MATCH_POLICIES.includes(policy) ? [] : [notSupported(field, policy, MATCH_POLICIES)];
}

function selectorErrors(selector: V1LabelSelector | undefined, field: FieldPath): FieldError[] {
  return selector === undefined ? [required(field)] : validateLabelSelector(selector, field);
}

/** Upstream: …#validateNamedRuleWithOperations */
function namedRuleErrors(rules: readonly V1NamedRuleWithOperations[] | undefined, field: FieldPath): FieldError[] {
  return (rules ?? []).flatMap((rule, i) => {
    const [at, seen] = [field.index(i), new Set<string>()];
    const names = (rule.resourceNames ?? []).flatMap((name, j) => {
      const where = at.child("resourceNames").index(j);
      const errors = isPathSegmentName(name).map((text) => invalid(where, name, text));
      if (seen.has(name)) errors.push(duplicate(where, name));
      seen.add(name);
      return errors;
    });
    return [...names, ...ruleErrors(rule, at)];
  });
}

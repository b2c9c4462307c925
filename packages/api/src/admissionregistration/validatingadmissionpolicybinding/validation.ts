import {
  duplicate,
  invalid,
  isDns1123Subdomain,
  notSupported,
  path,
  validateDeclared,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { matchResourcesErrors } from "../policy/match-resources.ts";
import { paramRefErrors } from "../policy/param-ref.ts";
import { V1ValidatingAdmissionPolicyBinding } from "./validatingadmissionpolicybinding.gen.ts";

const SPEC = path("spec");
const ACTIONS = ["Audit", "Deny", "Warn"];
const DENY_AND_WARN =
  "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)";

/** What is required is declared. Upstream: pkg/apis/admissionregistration/validation/validation.go#validateValidatingAdmissionPolicyBindingSpec */
export function validateBinding(
  binding: V1ValidatingAdmissionPolicyBinding,
  old?: V1ValidatingAdmissionPolicyBinding,
): FieldError[] {
  const { policyName, paramRef, matchResources, validationActions } = binding.spec;
  const at = SPEC.child("policyName");
  return [
    ...(policyName ? isDns1123Subdomain(policyName).map((text) => invalid(at, policyName, text)) : []),
    ...paramRefErrors(paramRef, SPEC.child("paramRef")),
    ...(matchResources ? matchResourcesErrors(matchResources, SPEC.child("matchResources")) : []),
    ...actionErrors(validationActions ?? [], SPEC.child("validationActions")),
    ...validateDeclared(V1ValidatingAdmissionPolicyBinding, binding, { ...(old && { old }) }),
  ];
}

/** Upstream: …#validateValidationActions */
function actionErrors(actions: readonly string[], field: FieldPath): FieldError[] {
  const seen = new Set<string>();
  const errors = actions.flatMap((action, i) => {
    const isTwice = seen.has(action);
    seen.add(action);
    return [
      ...(ACTIONS.includes(action) ? [] : [notSupported(field.index(i), action, ACTIONS)]),
      ...(isTwice ? [duplicate(field.index(i), action)] : []),
    ];
  });
  return seen.has("Deny") && seen.has("Warn") ? [...errors, invalid(field, actions, DENY_AND_WARN)] : errors;
}

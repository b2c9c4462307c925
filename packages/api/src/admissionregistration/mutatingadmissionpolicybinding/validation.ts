import { invalid, isDns1123Subdomain, path, required, validateDeclared, type FieldError } from "@dingi/apimachinery";
import { matchResourcesErrors, mutatedOperationErrors } from "../policy/match-resources.ts";
import { paramRefErrors } from "../policy/param-ref.ts";
import { V1MutatingAdmissionPolicyBinding } from "./mutatingadmissionpolicybinding.gen.ts";

const SPEC = path("spec");

/** Upstream: pkg/apis/admissionregistration/validation/validation.go#validateMutatingAdmissionPolicyBindingSpec */
export function validateBinding(
  binding: V1MutatingAdmissionPolicyBinding,
  old?: V1MutatingAdmissionPolicyBinding,
): FieldError[] {
  const { policyName, paramRef, matchResources } = binding.spec;
  const [at, matchAt] = [SPEC.child("policyName"), SPEC.child("matchResources")];
  return [
    ...(policyName ? isDns1123Subdomain(policyName).map((text) => invalid(at, policyName, text)) : [required(at)]),
    ...paramRefErrors(paramRef, SPEC.child("paramRef")),
    ...(matchResources ? matchResourcesErrors(matchResources, matchAt) : []),
    ...mutatedOperationErrors(matchResources, matchAt),
    ...validateDeclared(V1MutatingAdmissionPolicyBinding, binding, { ...(old && { old }) }),
  ];
}

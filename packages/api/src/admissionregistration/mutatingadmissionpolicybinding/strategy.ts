import type { Strategy } from "@dingi/apimachinery";
import { raiseGeneration, startGeneration } from "../policy/generation.ts";
import { reservedNameErrors } from "../webhook/reserved-name.ts";
import type { V1MutatingAdmissionPolicyBinding } from "./mutatingadmissionpolicybinding.gen.ts";
import { validateBinding } from "./validation.ts";

/** That its writer may read the parameters is the API server's to say. Upstream: pkg/registry/admissionregistration/mutatingadmissionpolicybinding/strategy.go */
export const strategy: Strategy<V1MutatingAdmissionPolicyBinding> = {
  allowUnconditionalUpdate: false,
  standardFinalizers: false,
  prepareForCreate: startGeneration,
  prepareForUpdate: raiseGeneration,
  validate: (binding) => [...validateBinding(binding), ...reservedNameErrors(binding)],
  validateUpdate: (binding, old) => validateBinding(binding, old),
};

import type { Strategy } from "@dingi/apimachinery";
import { raiseGeneration, startGeneration } from "../policy/generation.ts";
import { reservedNameErrors } from "../webhook/reserved-name.ts";
import type { V1MutatingAdmissionPolicy } from "./mutatingadmissionpolicy.gen.ts";
import { validatePolicy } from "./validation.ts";

/** That its writer may read the parameters is the API server's to say. Upstream: pkg/registry/admissionregistration/mutatingadmissionpolicy/strategy.go */
export const strategy: Strategy<V1MutatingAdmissionPolicy> = {
  allowUnconditionalUpdate: false,
  standardFinalizers: false,
  prepareForCreate: startGeneration,
  prepareForUpdate: raiseGeneration,
  validate: (policy) => [...validatePolicy(policy), ...reservedNameErrors(policy)],
  validateUpdate: (policy, old) => validatePolicy(policy, old),
};

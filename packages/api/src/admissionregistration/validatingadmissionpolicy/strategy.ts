import { adopt, resetObjectMetaForStatus, type Strategy, type UpdateStrategy } from "@dingi/apimachinery";
import { raiseGeneration, startGeneration } from "../policy/generation.ts";
import { reservedNameErrors } from "../webhook/reserved-name.ts";
import { validatePolicyStatus } from "./status-validation.ts";
import type { V1ValidatingAdmissionPolicy } from "./validatingadmissionpolicy.gen.ts";
import { validatePolicy } from "./validation.ts";

/** That its writer may read the parameters is the API server's to say. Upstream: pkg/registry/admissionregistration/validatingadmissionpolicy/strategy.go */
export const strategy: Strategy<V1ValidatingAdmissionPolicy> = {
  allowUnconditionalUpdate: false,
  standardFinalizers: false,
  resetFields: [["status"]],
  prepareForCreate(policy) {
    policy.status = {};
    startGeneration(policy);
  },
  prepareForUpdate(policy, old) {
    policy.status = adopt(old.status);
    raiseGeneration(policy, old);
  },
  validate: (policy) => [...validatePolicy(policy), ...reservedNameErrors(policy)],
  validateUpdate: (policy, old) => validatePolicy(policy, old),
};

export const statusStrategy: UpdateStrategy<V1ValidatingAdmissionPolicy> = {
  resetFields: [["metadata"], ["spec"]],
  prepareForUpdate(policy, old) {
    policy.spec = adopt(old.spec);
    resetObjectMetaForStatus(policy.metadata, old.metadata);
  },
  validateUpdate: validatePolicyStatus,
};

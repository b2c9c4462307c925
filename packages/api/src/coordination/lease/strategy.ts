import { path, invalid, type FieldError, type Strategy } from "@dingi/apimachinery";
import type { V1Lease } from "./lease.gen.ts";

/** Coordinated leader election is off by default. Upstream: pkg/registry/coordination/lease/strategy.go */
export const strategy: Strategy<V1Lease> = {
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,
  prepareForCreate({ spec }) {
    delete spec.strategy;
    delete spec.preferredHolder;
  },
  prepareForUpdate({ spec }, old) {
    if (old.spec.strategy === undefined) delete spec.strategy;
    if (old.spec.preferredHolder === undefined) delete spec.preferredHolder;
  },
  validate: validateLease,
  validateUpdate: validateLease,
};

/** Upstream: pkg/apis/coordination/validation/validation.go#ValidateLeaseSpec */
function validateLease({ spec }: V1Lease): FieldError[] {
  const { leaseDurationSeconds = 1, leaseTransitions = 0 } = spec;
  const errors: FieldError[] = [];
  if (leaseDurationSeconds <= 0) {
    errors.push(invalid(path("spec", "leaseDurationSeconds"), leaseDurationSeconds, "must be greater than 0"));
  }
  if (leaseTransitions < 0) {
    errors.push(invalid(path("spec", "leaseTransitions"), leaseTransitions, "must be greater than or equal to 0"));
  }
  return errors;
}

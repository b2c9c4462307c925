import { adopt, type Strategy, type UpdateStrategy } from "@dingi/apimachinery";
import { dropDataSources, normalizeDataSources } from "./data-sources.ts";
import type { V1PersistentVolumeClaim } from "./persistentvolumeclaim.gen.ts";
import { validateClaim } from "./spec-validation.ts";
import { validateClaimStatusUpdate } from "./status-validation.ts";
import { validateClaimUpdate } from "./update-validation.ts";
import { claimWarnings } from "./warnings.ts";

/** Upstream: pkg/registry/core/persistentvolumeclaim/strategy.go */
export const strategy: Strategy<V1PersistentVolumeClaim> = {
  resetFields: [["status"]],
  prepareForCreate(claim) {
    claim.status = { phase: "Pending" };
    dropDataSources(claim.spec);
    normalizeDataSources(claim.spec);
  },
  prepareForUpdate(claim, old) {
    claim.status = adopt(old.status);
    dropDataSources(claim.spec, old.spec);
    normalizeDataSources(claim.spec);
  },
  validate: (claim) => validateClaim(claim),
  validateUpdate: validateClaimUpdate,
  warningsOnCreate: claimWarnings,
  warningsOnUpdate: claimWarnings,
};

export const statusStrategy: UpdateStrategy<V1PersistentVolumeClaim> = {
  resetFields: [["spec"]],
  prepareForUpdate(claim, old) {
    claim.spec = adopt(old.spec);
    // The health of volumes is a feature that is off.
    if (!old.status.healthStatus) delete claim.status.healthStatus;
  },
  validateUpdate: validateClaimStatusUpdate,
};

import { adopt, resetObjectMetaForStatus, type Strategy, type UpdateStrategy } from "@dingi/apimachinery";
import { dropDeallocatedDevices } from "./allocated-devices.ts";
import { dropDisabledClaimFields, dropDisabledStatusFields } from "./disabled-fields.ts";
import type { ResourceV1ResourceClaim } from "./resourceclaim.gen.ts";
import { validateResourceClaimStatusUpdate } from "./status-validation.ts";
import { validateResourceClaim, validateResourceClaimUpdate } from "./validation.ts";

/** That a namespace may use devices as an administrator is the API server's to say. Upstream: pkg/registry/resource/resourceclaim/strategy.go */
export const strategy: Strategy<ResourceV1ResourceClaim> = {
  resetFields: [["status"]],
  prepareForCreate(claim) {
    claim.status = {};
    dropDisabledClaimFields(claim.spec);
  },
  prepareForUpdate(claim, old) {
    claim.status = adopt(old.status ?? {});
    dropDisabledClaimFields(claim.spec);
  },
  validate: validateResourceClaim,
  validateUpdate: validateResourceClaimUpdate,
};

/** Upstream: …#resourceclaimStatusStrategy */
export const statusStrategy: UpdateStrategy<ResourceV1ResourceClaim> = {
  resetFields: [["metadata"], ["spec"]],
  prepareForUpdate(claim, old) {
    claim.spec = adopt(old.spec);
    resetObjectMetaForStatus(claim.metadata, old.metadata);
    claim.status ??= {};
    dropDisabledStatusFields(claim.status);
    dropDeallocatedDevices(claim.status, old.status ?? {});
  },
  validateUpdate: validateResourceClaimStatusUpdate,
};

import { path, validateDeclared, type FieldError } from "@dingi/apimachinery";
import { deviceClaimErrors } from "./request-validation.ts";
import { ResourceV1ResourceClaim } from "./resourceclaim.gen.ts";

const DEVICES = path("spec", "devices");

/** Upstream: pkg/apis/resource/validation/validation.go#ValidateResourceClaim */
export function validateResourceClaim(claim: ResourceV1ResourceClaim): FieldError[] {
  return [...deviceClaimErrors(claim.spec.devices ?? {}, DEVICES), ...validateDeclared(ResourceV1ResourceClaim, claim)];
}

/** That the spec is immutable is declared. */
export function validateResourceClaimUpdate(
  claim: ResourceV1ResourceClaim,
  old: ResourceV1ResourceClaim,
): FieldError[] {
  return validateDeclared(ResourceV1ResourceClaim, claim, { old });
}

import {
  forbidden,
  path,
  required,
  semanticEqual,
  validateDeclared,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { withinLimit } from "../device/lists.ts";
import { allocatedDevices } from "./allocated-devices.ts";
import { allocationErrors } from "./allocation-validation.ts";
import { deviceStatusErrors } from "./device-status-validation.ts";
import { requestNames } from "./request-names.ts";
import {
  ResourceV1ResourceClaim,
  type V1ResourceClaimConsumerReference,
  type V1ResourceClaimStatus,
} from "./resourceclaim.gen.ts";

const STATUS = path("status");
const RESERVED_FOR = STATUS.child("reservedFor");
const MAX_CONSUMERS = 256;

/** Upstream: pkg/apis/resource/validation/validation.go#ValidateResourceClaimStatusUpdate */
export function validateResourceClaimStatusUpdate(
  claim: ResourceV1ResourceClaim,
  old: ResourceV1ResourceClaim,
): FieldError[] {
  const [status, before] = [claim.status ?? {}, old.status ?? {}];
  const allocated = allocatedDevices(status.allocation);
  const isDeleted = claim.metadata.deletionTimestamp !== undefined;
  const isNew = status.allocation !== undefined && before.allocation === undefined;
  return [
    ...withinLimit(status.reservedFor, MAX_CONSUMERS).flatMap((one, i) => consumerErrors(one, RESERVED_FOR.index(i))),
    ...(status.devices ?? []).flatMap((device, i) =>
      deviceStatusErrors(device, allocated, STATUS.child("devices").index(i)),
    ),
    ...reservationErrors(status, isDeleted ? before : undefined),
    ...(isNew
      ? allocationErrors(status.allocation, requestNames(claim.spec.devices ?? {}), STATUS.child("allocation"))
      : []),
    ...validateDeclared(ResourceV1ResourceClaim, claim, { old }),
  ];
}

function consumerErrors({ resource, name, uid }: V1ResourceClaimConsumerReference, field: FieldPath): FieldError[] {
  return Object.entries({ resource, name, uid }).flatMap(([key, value]) => (value ? [] : [required(field.child(key))]));
}

/** `before` is the status of a claim that is being deleted. */
function reservationErrors(
  { reservedFor = [], allocation }: V1ResourceClaimStatus,
  before: V1ResourceClaimStatus | undefined,
): FieldError[] {
  if (reservedFor.length === 0) return [];
  if (!allocation) return [forbidden(RESERVED_FOR, "may not be specified when `allocated` is not set")];
  const known = before && new Map((before.reservedFor ?? []).map((one) => [one.uid, one]));
  if (!known || reservedFor.every((one) => semanticEqual(one, known.get(one.uid)))) return [];
  const text = "new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set";
  return [forbidden(RESERVED_FOR, text)];
}

import {
  invalid,
  isConditionReason,
  isQualifiedName,
  notSupported,
  path,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { isNativeResource, validateBasicQuantity, validateResourceQuantity } from "../pod/resource-names.ts";
import type { V1PersistentVolumeClaim } from "./persistentvolumeclaim.gen.ts";

const STATUS = path("status");
const STORAGE = "storage";
const RESIZE_STATUSES = [
  "ControllerResizeInProgress",
  "ControllerResizeInfeasible",
  "NodeResizeInProgress",
  "NodeResizeInfeasible",
  "NodeResizePending",
];

/** Upstream: pkg/apis/core/validation/validation.go#ValidatePersistentVolumeClaimStatusUpdate */
export function validateClaimStatusUpdate({ status }: V1PersistentVolumeClaim): FieldError[] {
  const { capacity = {}, allocatedResources = {}, allocatedResourceStatuses = {} } = status;
  const capacityField = STATUS.child("capacity");
  const statusesField = STATUS.child("allocatedResourceStatuses");
  return [
    ...Object.entries(capacity).flatMap(([name, quantity]) => validateBasicQuantity(quantity, capacityField.key(name))),
    ...healthErrors(status.healthStatus, STATUS.child("healthStatus", "healthConditions")),
    ...Object.entries(allocatedResourceStatuses).flatMap(([name, resize]) => [
      ...nameErrors(name, statusesField),
      ...(RESIZE_STATUSES.includes(resize) ? [] : [notSupported(statusesField, name, RESIZE_STATUSES)]),
    ]),
    ...Object.entries(allocatedResources).flatMap(([name, quantity]) =>
      allocatedErrors(name, quantity, STATUS.child("allocatedResources")),
    ),
  ];
}

function healthErrors(health: V1PersistentVolumeClaim["status"]["healthStatus"], field: FieldPath): FieldError[] {
  return (health?.healthConditions ?? []).flatMap(({ reason }, i) =>
    reason ? isConditionReason(reason).map((text) => invalid(field.index(i).child("reason"), reason, text)) : [],
  );
}

/** Of Kubernetes' own resources a claim has only storage. Upstream: …#validatePersistentVolumeClaimResourceKey */
function nameErrors(name: string, field: FieldPath): FieldError[] {
  const errors = isQualifiedName(name).map((text) => invalid(field, name, text));
  if (errors.length > 0) return errors;
  return isNativeResource(name) && name !== STORAGE ? [notSupported(field, name, [STORAGE])] : [];
}

function allocatedErrors(name: string, quantity: string, field: FieldPath): FieldError[] {
  const errors = nameErrors(name, field);
  if (errors.length > 0) return errors;
  const basic = validateBasicQuantity(quantity, field.key(name));
  return basic.length > 0 ? basic : validateResourceQuantity(STORAGE, quantity, field.key(name));
}

import {
  compareQuantity,
  FIELD_IMMUTABLE,
  findErrors,
  invalid,
  isDns1123Subdomain,
  path,
  semanticEqual,
  validateLabelSelector,
  type FieldError,
} from "@dingi/apimachinery";
import type { V1CSIStorageCapacity } from "./csistoragecapacity.gen.ts";

/** Upstream: pkg/apis/storage/validation/validation.go#ValidateCSIStorageCapacity */
export function validateCSIStorageCapacity(object: V1CSIStorageCapacity, allowInvalidValues = false): FieldError[] {
  const { nodeTopology, storageClassName: name, capacity } = object;
  const isNegative = capacity !== undefined && compareQuantity(capacity, "0") < 0;
  return [
    ...validateLabelSelector(nodeTopology, path("nodeTopology"), { allowInvalidValues }),
    ...isDns1123Subdomain(name).map((text) => invalid("storageClassName", name, text)),
    ...(isNegative ? [invalid("capacity", capacity, "must be greater than or equal to 0")] : []),
  ];
}

/** Upstream: …#ValidateCSIStorageCapacityUpdate */
export function validateCSIStorageCapacityUpdate(
  object: V1CSIStorageCapacity,
  old: V1CSIStorageCapacity,
): FieldError[] {
  const { nodeTopology, storageClassName } = object;
  const wasInvalid = findErrors(() => validateLabelSelector(old.nodeTopology, path("nodeTopology"))).length > 0;
  return [
    ...validateCSIStorageCapacity(object, wasInvalid),
    ...(semanticEqual(nodeTopology, old.nodeTopology)
      ? []
      : [invalid("nodeTopology", nodeTopology ?? null, FIELD_IMMUTABLE)]),
    ...(storageClassName === old.storageClassName
      ? []
      : [invalid("storageClassName", storageClassName, FIELD_IMMUTABLE)]),
  ];
}

import {
  byteLength,
  duplicate,
  FIELD_IMMUTABLE,
  goValue,
  invalid,
  isQualifiedName,
  path,
  required,
  semanticEqual,
  validateNonnegative,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { validateCsiDriverName } from "../../core/pod/validation/remote-volumes.ts";
import { V1CSINodeDriver, type V1CSINode } from "./csinode.gen.ts";
import { validateStorageHealth } from "./storage-health.ts";

const MAX_NODE_ID = 256;
const DRIVERS = path("spec", "drivers");

/** Upstream: pkg/apis/storage/validation/validation.go#ValidateCSINode */
export function validateCSINode({ spec }: V1CSINode): FieldError[] {
  const seen = new Set<string>();
  return (spec.drivers ?? []).flatMap((driver, i) => {
    const at = DRIVERS.index(i);
    const errors = driverErrors(driver, at);
    if (seen.has(driver.name)) errors.push(duplicate(at.child("name"), driver.name));
    seen.add(driver.name);
    return [...errors, ...topologyKeyErrors(driver.topologyKeys ?? [], at)];
  });
}

function driverErrors({ name, nodeID = "", allocatable }: V1CSINodeDriver, field: FieldPath): FieldError[] {
  const at = field.child("nodeID");
  const { count } = allocatable ?? {};
  return [
    ...validateCsiDriverName(name, field.child("name")),
    ...(nodeID === "" ? [required(at)] : []),
    ...(byteLength(nodeID) > MAX_NODE_ID ? [invalid(at, nodeID, `must be ${MAX_NODE_ID} characters or less`)] : []),
    ...(count === undefined ? [] : validateNonnegative(count, field.child("allocatable", "count"))),
  ];
}

/** Each is told of where its driver stands. */
function topologyKeyErrors(keys: readonly string[], field: FieldPath): FieldError[] {
  const seen = new Set<string>();
  return keys.flatMap((key) => {
    const errors = key === "" ? [required(field)] : [];
    if (seen.has(key)) errors.push(duplicate(field, key));
    seen.add(key);
    return [...errors, ...isQualifiedName(key).map((text) => invalid(field, key, text))];
  });
}

/** A driver that stays is the same, but for how much it can hold. Upstream: …#ValidateCSINodeUpdate */
export function validateCSINodeUpdate(node: V1CSINode, old: V1CSINode): FieldError[] {
  const now = Map.groupBy(node.spec.drivers ?? [], ({ name }) => name);
  const changed = (old.spec.drivers ?? []).flatMap((before) =>
    (now.get(before.name) ?? []).filter((driver) => !semanticEqual(withoutLimits(driver), withoutLimits(before))),
  );
  return [
    ...validateCSINode(node),
    ...changed.map((driver) =>
      invalid(DRIVERS, goValue(V1CSINodeDriver, { ...withoutLimits(driver) }), FIELD_IMMUTABLE),
    ),
  ];
}

const withoutLimits = (driver: V1CSINodeDriver): V1CSINodeDriver => ({ ...driver, allocatable: undefined });

/** Upstream: …#ValidateCSINodeStatusUpdate */
export function validateCSINodeStatusUpdate({ status }: V1CSINode): FieldError[] {
  const seen = new Set<string>();
  return (status.storageHealth ?? []).flatMap((health, i) => {
    const at = path("status", "storageHealth").index(i);
    const errors = seen.has(health.name) ? [duplicate(at, health.name)] : [];
    seen.add(health.name);
    return [...errors, ...validateStorageHealth(health, at)];
  });
}

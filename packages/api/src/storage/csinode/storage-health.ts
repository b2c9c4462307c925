import {
  byteLength,
  invalid,
  isConditionReason,
  notSupported,
  required,
  tooLong,
  tooMany,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { ACCESS_MODES } from "../../core/persistentvolumeclaim/access-modes.ts";
import { validateCsiDriverName } from "../../core/pod/validation/remote-volumes.ts";
import { validateOptionalEnum } from "../../core/pod/validation/names.ts";
import type { V1StorageHealth, V1StorageHealthCondition } from "./csinode.gen.ts";

const MAX_CONDITIONS = 16;
const MAX_REASON = 256;
const MAX_MESSAGE = 1024;
const STATUSES = ["StorageDegraded", "StorageUnreachable"];
const VOLUME_MODES = ["Filesystem", "Block"];

/** Upstream: pkg/apis/storage/validation/validation.go#validateStorageHealth */
export function validateStorageHealth(health: V1StorageHealth, field: FieldPath): FieldError[] {
  const { healthConditions: conditions = [] } = health;
  const at = field.child("healthConditions");
  const errors = validateCsiDriverName(health.name, field.child("name"));
  if (conditions.length > MAX_CONDITIONS) return [...errors, tooMany(at, conditions.length, MAX_CONDITIONS)];
  return [...errors, ...conditions.flatMap((condition, i) => conditionErrors(condition, at.index(i)))];
}

function conditionErrors(condition: V1StorageHealthCondition, field: FieldPath): FieldError[] {
  const { status = "", reason = "", message = "", accessMode, volumeMode } = condition;
  return [
    ...(STATUSES.includes(status) ? [] : [notSupported(field.child("status"), status, STATUSES)]),
    ...reasonErrors(reason, field.child("reason")),
    ...(byteLength(message) > MAX_MESSAGE ? [tooLong(field.child("message"), message, MAX_MESSAGE)] : []),
    ...validateOptionalEnum(accessMode, ACCESS_MODES, field.child("accessMode")),
    ...validateOptionalEnum(volumeMode, VOLUME_MODES, field.child("volumeMode")),
  ];
}

function reasonErrors(reason: string, field: FieldPath): FieldError[] {
  if (reason === "") return [required(field)];
  const errors = isConditionReason(reason).map((text) => invalid(field, reason, text));
  return byteLength(reason) > MAX_REASON ? [...errors, tooLong(field, reason, MAX_REASON)] : errors;
}

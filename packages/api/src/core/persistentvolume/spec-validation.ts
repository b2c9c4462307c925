import { posix } from "node:path";
import {
  canonicalQuantity,
  forbidden,
  invalid,
  isLabelValue,
  notSupported,
  quantitySign,
  required,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { validateAccessModes } from "../persistentvolumeclaim/access-modes.ts";
import { VOLUME_MODES } from "../persistentvolumeclaim/spec-validation.ts";
import { validateBasicQuantity } from "../pod/resource-names.ts";
import { validateNodeSelector } from "../pod/validation/affinity.ts";
import { validateOptionalEnum, validateSubdomain } from "../pod/validation/names.ts";
import type { V1PersistentVolumeSpec, V1VolumeNodeAffinity } from "./persistentvolume.gen.ts";
import { SOURCE_RULES, type VolumeName } from "./source-validation.ts";

const RECLAIM_POLICIES = ["Delete", "Recycle", "Retain"];
const STORAGE = "storage";
/** Paths that upstream gives these sources in errors: of a second source, and of the source itself. */
const SECOND: Readonly<Record<string, string>> = { cephfs: "cephFS" };
const NAMED: Readonly<Record<string, string>> = { gcePersistentDisk: "persistentDisk" };

type Spec = V1PersistentVolumeSpec;

/** Upstream: pkg/apis/core/validation/validation.go#ValidatePersistentVolumeSpec, not in the context of inline volumes */
export function validateVolumeSpec(spec: Spec, field: FieldPath, options: VolumeName & { readonly old?: Spec }) {
  const { nodeAffinity, storageClassName } = spec;
  return [
    ...modeErrors(spec, field.child("accessModes")),
    ...capacityErrors(spec.capacity ?? {}, field.child("capacity")),
    ...validateOptionalEnum(
      spec.persistentVolumeReclaimPolicy || undefined,
      RECLAIM_POLICIES,
      field.child("persistentVolumeReclaimPolicy"),
    ),
    ...(nodeAffinity ? affinityErrors(nodeAffinity, options.old?.nodeAffinity, field.child("nodeAffinity")) : []),
    ...sourceErrors(spec, field, options),
    ...recycleErrors(spec, field),
    ...(storageClassName ? validateSubdomain(storageClassName, field.child("storageClassName")) : []),
    ...validateOptionalEnum(spec.volumeMode, VOLUME_MODES, field.child("volumeMode")),
    ...attributesClassErrors(spec, field),
  ];
}

const INLINE = "in the context of inline volumes";

/** Of a volume that is part of an attachment: little may be said of it but what it is. Upstream: …#ValidatePersistentVolumeSpec */
export function validateInlineVolumeSpec(spec: Spec, field: FieldPath): FieldError[] {
  const absent = (name: keyof Spec, isSet: unknown) =>
    isSet ? [forbidden(field.child(name), `may not be specified ${INLINE}`)] : [];
  const { persistentVolumeReclaimPolicy: policy, volumeMode: mode } = spec;
  const otherPolicy = policy && policy !== "Retain";
  const otherMode = mode !== undefined && mode !== "Filesystem";
  return [
    ...absent("claimRef", spec.claimRef),
    ...absent("capacity", Object.keys(spec.capacity ?? {}).length > 0),
    ...(spec.csi ? [] : [required(field.child("csi"), `has to be specified ${INLINE}`)]),
    ...modeErrors(spec, field.child("accessModes")),
    ...(otherPolicy ? [forbidden(field.child("persistentVolumeReclaimPolicy"), `may only be Retain ${INLINE}`)] : []),
    ...absent("nodeAffinity", spec.nodeAffinity),
    ...sourceErrors(spec, field, { volumeName: "" }),
    ...recycleErrors(spec, field),
    ...absent("storageClassName", spec.storageClassName),
    ...(otherMode
      ? [forbidden(field.child("volumeMode"), `may not specify volumeMode other than Filesystem ${INLINE}`)]
      : []),
  ];
}

function modeErrors({ accessModes = [] }: Spec, field: FieldPath): FieldError[] {
  return accessModes.length === 0 ? [required(field)] : validateAccessModes(accessModes, field);
}

function capacityErrors(capacity: Readonly<Record<string, string>>, field: FieldPath): FieldError[] {
  const names = Object.keys(capacity);
  const isStorage = names.length === 1 && names[0] === STORAGE;
  return [
    ...(names.length === 0 ? [required(field)] : []),
    ...(isStorage ? [] : [notSupported(field, names.length === 0 ? null : capacity, [STORAGE])]),
    ...Object.entries(capacity).flatMap(([name, quantity]) => [
      ...validateBasicQuantity(quantity, field.key(name)),
      ...(quantitySign(quantity) > 0
        ? []
        : [invalid(field.key(name), canonicalQuantity(quantity), "must be greater than zero")]),
    ]),
  ];
}

/** Upstream: …#validateVolumeNodeAffinity */
function affinityErrors(
  { required: selector }: V1VolumeNodeAffinity,
  old: V1VolumeNodeAffinity | undefined,
  field: FieldPath,
): FieldError[] {
  const at = field.child("required");
  return selector
    ? validateNodeSelector(selector, at, hasOddValue(old))
    : [required(at, "must specify required node constraints")];
}

const hasOddValue = (affinity: V1VolumeNodeAffinity | undefined): boolean =>
  (affinity?.required?.nodeSelectorTerms ?? []).some(({ matchExpressions = [] }) =>
    matchExpressions.some(({ values = [] }) => values.some((value) => isLabelValue(value).length > 0)),
  );

/** Only the first source is looked into, and a flex volume, of which upstream does not say that it is one too many. */
function sourceErrors(spec: Spec, field: FieldPath, name: VolumeName): FieldError[] {
  const errors: FieldError[] = [];
  let count = 0;
  for (const { type, check } of SOURCE_RULES) {
    if (!spec[type]) continue;
    if (count++ > 0 && type !== "flexVolume") {
      errors.push(forbidden(field.child(SECOND[type] ?? type), "may not specify more than 1 volume type"));
      continue;
    }
    errors.push(...check(spec, field.child(NAMED[type] ?? type), name));
    if (type === "local" && !spec.nodeAffinity)
      errors.push(required(field.child("nodeAffinity"), "Local volume requires node affinity"));
  }
  return count === 0 ? [...errors, required(field, "must specify a volume type")] : errors;
}

function recycleErrors({ hostPath, persistentVolumeReclaimPolicy }: Spec, field: FieldPath): FieldError[] {
  const isRoot = hostPath?.path !== undefined && posix.normalize(hostPath.path) === "/";
  if (!isRoot || persistentVolumeReclaimPolicy !== "Recycle") return [];
  return [forbidden(field.child("persistentVolumeReclaimPolicy"), "may not be 'recycle' for a hostPath mount of '/'")];
}

function attributesClassErrors({ volumeAttributesClassName: name, csi }: Spec, field: FieldPath): FieldError[] {
  if (name === undefined) return [];
  const at = field.child("volumeAttributesClassName");
  return [
    ...(name === "" ? [required(at, "an empty string is disallowed")] : validateSubdomain(name, at)),
    ...(csi ? [] : [required(field.child("csi"), "has to be specified when using volumeAttributesClassName")]),
  ];
}

import {
  compareQuantity,
  FIELD_IMMUTABLE,
  forbidden,
  invalid,
  path,
  semanticEqual,
  type Draft,
  type FieldError,
  type V1ObjectMeta,
} from "@dingi/apimachinery";
import { describeSpecChange } from "../pod/spec-change.ts";
import { normalizeDataSources } from "./data-sources.ts";
import type { V1PersistentVolumeClaim, V1PersistentVolumeClaimSpec } from "./persistentvolumeclaim.gen.ts";
import { validateClaim } from "./spec-validation.ts";
import { annotatedStorageClass, STORAGE_CLASS_ANNOTATION } from "./storage-class-annotation.ts";

const SPEC = path("spec");
const STORAGE = "storage";
const IMMUTABLE =
  "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";

type Spec = V1PersistentVolumeClaimSpec;

/** Upstream: pkg/apis/core/validation/validation.go#ValidatePersistentVolumeClaimUpdate */
export function validateClaimUpdate(claim: V1PersistentVolumeClaim, old: V1PersistentVolumeClaim): FieldError[] {
  return [
    ...validateClaim(claim, old),
    ...annotationErrors(claim, old),
    ...specErrors(claim, old),
    ...sizeErrors(claim, old),
    ...(claim.spec.volumeMode === old.spec.volumeMode
      ? []
      : [invalid("volumeMode", claim.spec.volumeMode, FIELD_IMMUTABLE)]),
    ...attributesClassErrors(claim, old),
  ];
}

function annotationErrors(claim: V1PersistentVolumeClaim, old: V1PersistentVolumeClaim): FieldError[] {
  const [now = "", before = ""] = [annotatedStorageClass(claim.metadata), annotatedStorageClass(old.metadata)];
  if (now === before || isClassMovedToField(claim, old)) return [];
  return [invalid(path("metadata", "annotations", STORAGE_CLASS_ANNOTATION), now, FIELD_IMMUTABLE)];
}

/** The field may come to say what the annotation said. Upstream: …#validateStorageClassUpgradeFromAnnotation */
function isClassMovedToField({ metadata, spec }: V1PersistentVolumeClaim, old: V1PersistentVolumeClaim): boolean {
  const before = annotatedStorageClass(old.metadata);
  if (before === undefined || old.spec.storageClassName !== undefined || spec.storageClassName !== before) return false;
  return [undefined, before].includes(annotatedStorageClass(metadata));
}

/** Upstream: …#validateStorageClassUpgradeFromNil */
function mayNameClass(name: string | undefined, old: Spec, metadata: V1ObjectMeta): boolean {
  return name !== undefined && old.storageClassName === undefined && name === (annotatedStorageClass(metadata) ?? name);
}

function specErrors(claim: V1PersistentVolumeClaim, old: V1PersistentVolumeClaim): FieldError[] {
  const before: Draft<Spec> = { ...(old.spec as Draft<Spec>) };
  normalizeDataSources(before);
  const now = withChangeable(claim, before, old.metadata);
  if (!before.volumeName) before.volumeName = now.volumeName;
  if (semanticEqual(now, before)) return [];
  return [forbidden(SPEC, `${IMMUTABLE}\n${describeSpecChange(now, before)}`)];
}

/** The spec as it is wanted, with all that may change as it was. */
function withChangeable({ spec, status }: V1PersistentVolumeClaim, old: Spec, oldMetadata: V1ObjectMeta): Spec {
  const isNamed = mayNameClass(spec.storageClassName, old, oldMetadata);
  const unnamed = isNamed ? { ...spec, storageClassName: old.storageClassName } : spec;
  if (status.phase !== "Bound") return unnamed;
  const { resources } = unnamed;
  const requests = resources?.requests && { ...resources.requests, [STORAGE]: storageOf(old) };
  return {
    ...unnamed,
    ...(requests ? { resources: { ...resources, requests } } : {}),
    volumeAttributesClassName: old.volumeAttributesClassName,
  };
}

const storageOf = ({ resources }: Spec): string => resources?.requests?.[STORAGE] ?? "0";

/** It may be asked for less again while it is still more than there is: an expansion that cannot succeed is given up. */
function sizeErrors({ spec }: V1PersistentVolumeClaim, old: V1PersistentVolumeClaim): FieldError[] {
  const [now, before] = [storageOf(spec), storageOf(old.spec)];
  if (compareQuantity(now, before) >= 0) return [];
  if (compareQuantity(now, old.status.capacity?.[STORAGE] ?? "0") > 0) return [];
  return [forbidden(SPEC.child("resources", "requests", STORAGE), "field can not be less than status.capacity")];
}

/** Attributes that a volume has got cannot be taken from it, only replaced. */
function attributesClassErrors({ spec }: V1PersistentVolumeClaim, old: V1PersistentVolumeClaim): FieldError[] {
  const { volumeAttributesClassName: name } = spec;
  if (name === old.spec.volumeAttributesClassName || name) return [];
  if (old.status.currentVolumeAttributesClassName === undefined) return [];
  const what = name === undefined ? "nil" : "empty string";
  const text = `update to ${what} is forbidden when status.currentVolumeAttributesClassName is not nil`;
  return [forbidden(SPEC.child("volumeAttributesClassName"), text)];
}

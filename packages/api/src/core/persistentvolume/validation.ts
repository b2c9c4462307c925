import {
  FIELD_IMMUTABLE,
  forbidden,
  goValue,
  invalid,
  path,
  semanticEqual,
  type FieldError,
} from "@dingi/apimachinery";
import { describeSpecChange } from "../pod/spec-change.ts";
import { isSameAffinity } from "./node-affinity.ts";
import { mountOptionErrors } from "./mount-options.ts";
import {
  V1PersistentVolumeSource,
  V1VolumeNodeAffinity,
  type V1PersistentVolume,
  type V1PersistentVolumeSpec,
} from "./persistentvolume.gen.ts";
import { validateVolumeSpec } from "./spec-validation.ts";

const SPEC = path("spec");
const SOURCES = [...V1PersistentVolumeSource.fields.keys()] as readonly (keyof V1PersistentVolumeSource)[];

/** Upstream: pkg/registry/core/persistentvolume/strategy.go#Validate */
export function validateVolume(volume: V1PersistentVolume): FieldError[] {
  return [...ownErrors(volume), ...mountOptionErrors(volume)];
}

const ownErrors = ({ metadata, spec }: V1PersistentVolume, old?: V1PersistentVolume): FieldError[] =>
  validateVolumeSpec(spec, SPEC, { volumeName: metadata.name ?? "", ...(old ? { old: old.spec } : {}) });

/** The volume itself is looked at twice, and what is wrong with it told twice. Upstream: …#ValidateUpdate */
export function validateVolumeUpdate(volume: V1PersistentVolume, old: V1PersistentVolume): FieldError[] {
  const errors = ownErrors(volume, old);
  return [...errors, ...mountOptionErrors(volume), ...errors, ...changeErrors(volume.spec, old.spec)];
}

/** Upstream: pkg/apis/core/validation/validation.go#ValidatePersistentVolumeUpdate */
function changeErrors(spec: V1PersistentVolumeSpec, old: V1PersistentVolumeSpec): FieldError[] {
  const isModeSame = spec.volumeMode === old.volumeMode;
  const isAffinitySame = !old.nodeAffinity || isSameAffinity(spec.nodeAffinity, old.nodeAffinity);
  return [
    ...sourceChangeErrors(spec, old),
    ...(isModeSame ? [] : [invalid("volumeMode", spec.volumeMode, FIELD_IMMUTABLE)]),
    ...(isAffinitySame ? [] : [invalid("nodeAffinity", shownAffinity(spec.nodeAffinity), AFFINITY_TEXT)]),
    ...(old.volumeAttributesClassName !== undefined && spec.volumeAttributesClassName === undefined
      ? [forbidden(SPEC.child("volumeAttributesClassName"), "update from non-nil value to nil is forbidden")]
      : []),
  ];
}

const AFFINITY_TEXT = `${FIELD_IMMUTABLE}, except for updating from beta label to GA`;

const shownAffinity = (affinity: V1PersistentVolumeSpec["nodeAffinity"]): unknown =>
  affinity ? goValue(V1VolumeNodeAffinity, { ...affinity }) : null;

/** Only a secret for expansion may come later. */
function sourceChangeErrors(spec: V1PersistentVolumeSpec, old: V1PersistentVolumeSpec): FieldError[] {
  const [now, before] = [sourcesOf(spec), sourcesOf(old)];
  if (now.csi && before.csi && !before.csi.controllerExpandSecretRef)
    now.csi = { ...now.csi, controllerExpandSecretRef: undefined };
  if (semanticEqual(now, before)) return [];
  const text = `spec.persistentvolumesource is immutable after creation\n${describeSpecChange(now, before)}`;
  return [forbidden(SPEC.child("persistentvolumesource"), text)];
}

function sourcesOf(spec: V1PersistentVolumeSpec): {
  -readonly [T in keyof V1PersistentVolumeSource]: V1PersistentVolumeSource[T];
} {
  return Object.fromEntries(SOURCES.map((name) => [name, spec[name]]));
}

import {
  canonicalQuantity,
  forbidden,
  invalid,
  isDns1123Label,
  notSupported,
  quantitySign,
  required,
  V1ObjectMeta,
  validateAnnotations,
  validateLabels,
  validateLabelSelector,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import type {
  V1PersistentVolumeClaimSpec,
  V1PersistentVolumeClaimTemplate,
} from "../../persistentvolumeclaim/persistentvolumeclaim.gen.ts";
import type { V1TypedLocalObjectReference, V1TypedObjectReference } from "../../reference/index.ts";
import { validateResourceQuantity } from "../resource-names.ts";
import { validateOptionalEnum, validateSubdomain } from "./names.ts";

const ACCESS_MODES = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
const VOLUME_MODES = ["Block", "Filesystem"];

/** Upstream: pkg/apis/core/validation/validation.go#ValidatePersistentVolumeClaimTemplate */
export function validateClaimTemplate(
  { metadata = {}, spec }: V1PersistentVolumeClaimTemplate,
  field: FieldPath,
): FieldError[] {
  const at = field.child("metadata");
  const others = [...V1ObjectMeta.fields.keys()].filter(
    (name) => !["labels", "annotations"].includes(name) && isSet(metadata[name as keyof V1ObjectMeta]),
  );
  return [
    ...validateAnnotations(metadata.annotations, at.child("annotations")),
    ...validateLabels(metadata.labels, at.child("labels")),
    ...others.map((name) => forbidden(at.child(name), "cannot be set")),
    ...validateClaimSpec(spec, field.child("spec")),
  ];
}

const isSet = (value: unknown): boolean =>
  value !== undefined && value !== "" && value !== 0 && !(Array.isArray(value) && value.length === 0);

/** Upstream: …#ValidatePersistentVolumeClaimSpec */
export function validateClaimSpec(spec: V1PersistentVolumeClaimSpec, field: FieldPath): FieldError[] {
  const { selector, storageClassName, volumeMode, volumeAttributesClassName } = spec;
  return [
    ...accessModeErrors(spec.accessModes ?? [], selector, field),
    ...storageErrors(spec.resources?.requests?.["storage"], field.child("resources").key("storage")),
    ...(storageClassName ? validateSubdomain(storageClassName, field.child("storageClassName")) : []),
    ...validateOptionalEnum(volumeMode, VOLUME_MODES, field.child("volumeMode")),
    ...dataSourceErrors(spec, field),
    ...(volumeAttributesClassName
      ? validateSubdomain(volumeAttributesClassName, field.child("volumeAttributesClassName"))
      : []),
  ];
}

function accessModeErrors(
  modes: readonly string[],
  selector: V1PersistentVolumeClaimSpec["selector"],
  field: FieldPath,
): FieldError[] {
  const at = field.child("accessModes");
  const known = modes.filter((mode) => ACCESS_MODES.includes(mode));
  const mixed = known.includes("ReadWriteOncePod") && known.some((mode) => mode !== "ReadWriteOncePod");
  return [
    ...(modes.length === 0 ? [required(at, "at least 1 access mode is required")] : []),
    ...(selector ? validateLabelSelector(selector, field.child("selector")) : []),
    ...modes.filter((mode) => !ACCESS_MODES.includes(mode)).map((mode) => notSupported(at, mode, ACCESS_MODES)),
    ...(mixed ? [forbidden(at, "may not use ReadWriteOncePod with other access modes")] : []),
  ];
}

function storageErrors(storage: string | undefined, field: FieldPath): FieldError[] {
  if (storage === undefined) return [required(field)];
  if (quantitySign(storage) <= 0) return [invalid(field, canonicalQuantity(storage), "must be greater than zero")];
  return validateResourceQuantity("storage", storage, field);
}

/** Upstream prints the path of the other field as a value, which comes out as {}. */
function dataSourceErrors({ dataSource, dataSourceRef }: V1PersistentVolumeClaimSpec, field: FieldPath): FieldError[] {
  const namespace = dataSourceRef?.namespace;
  const at = field.child("dataSourceRef");
  const errors = [
    ...(dataSource ? referenceErrors(dataSource, field.child("dataSource")) : []),
    ...(dataSourceRef ? referenceErrors(dataSourceRef, at) : []),
    ...(namespace ? isDns1123Label(namespace).map((text) => invalid(at.child("namespace"), namespace, text)) : []),
  ];
  if (!dataSource || !dataSourceRef) return errors;
  if (namespace) {
    return [...errors, invalid(field, {}, "may not be specified when dataSourceRef.namespace is specified")];
  }
  const same = (["apiGroup", "kind", "name"] as const).every((name) => dataSource[name] === dataSourceRef[name]);
  return same ? errors : [...errors, invalid(field, {}, "must match dataSourceRef")];
}

function referenceErrors(
  { name, kind, apiGroup }: V1TypedLocalObjectReference | V1TypedObjectReference,
  field: FieldPath,
): FieldError[] {
  const defaultGroup = "must be 'PersistentVolumeClaim' when referencing the default apiGroup";
  return [
    ...(name ? [] : [required(field.child("name"))]),
    ...(kind ? [] : [required(field.child("kind"))]),
    ...(!apiGroup && kind !== "PersistentVolumeClaim" ? [invalid(field, kind ?? "", defaultGroup)] : []),
    ...(apiGroup ? validateSubdomain(apiGroup, field.child("apiGroup")) : []),
  ];
}

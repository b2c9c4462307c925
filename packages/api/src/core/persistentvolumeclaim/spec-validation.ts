import {
  canonicalQuantity,
  findErrors,
  forbidden,
  invalid,
  isDns1123Label,
  path,
  quantitySign,
  required,
  V1ObjectMeta,
  validateAnnotations,
  validateLabels,
  validateLabelSelector,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { validateResourceQuantity } from "../pod/resource-names.ts";
import { validateOptionalEnum, validateSubdomain } from "../pod/validation/names.ts";
import type { V1TypedLocalObjectReference, V1TypedObjectReference } from "../reference/index.ts";
import { validateAccessModes } from "./access-modes.ts";
import type {
  V1PersistentVolumeClaim,
  V1PersistentVolumeClaimSpec,
  V1PersistentVolumeClaimTemplate,
} from "./persistentvolumeclaim.gen.ts";

export const VOLUME_MODES = ["Block", "Filesystem"];

/** Upstream: pkg/apis/core/validation/validation.go#ValidatePersistentVolumeClaimTemplate */
export function validateClaimTemplate(
  { metadata = {}, spec }: V1PersistentVolumeClaimTemplate,
  field: FieldPath,
): FieldError[] {
  return [...validateTemplateMeta(metadata, field.child("metadata")), ...validateClaimSpec(spec, field.child("spec"))];
}

/** What is made by a template gets its labels and annotations; the rest is its own. Upstream: …#ValidateTemplateObjectMeta */
export function validateTemplateMeta(metadata: V1ObjectMeta, at: FieldPath): FieldError[] {
  const others = [...V1ObjectMeta.fields.keys()].filter(
    (name) => !["labels", "annotations"].includes(name) && isSet(metadata[name as keyof V1ObjectMeta]),
  );
  return [
    ...validateAnnotations(metadata.annotations, at.child("annotations")),
    ...validateLabels(metadata.labels, at.child("labels")),
    ...others.map((name) => forbidden(at.child(goFieldName(name)), "cannot be set")),
  ];
}

/** Upstream takes the names of Go's fields, and writes their first letters small. */
const goFieldName = (name: string): string => (name === "uid" ? "uID" : name);

const isSet = (value: unknown): boolean =>
  value !== undefined && value !== "" && value !== 0 && !(Array.isArray(value) && value.length === 0);

/** What an object may keep that a new one may not have. */
interface Kept {
  readonly selectorValues: boolean;
  readonly apiGroups: boolean;
}

const NOTHING_KEPT: Kept = { selectorValues: false, apiGroups: false };

/** Upstream: …#ValidatePersistentVolumeClaim, #ValidationOptionsForPersistentVolumeClaim */
export function validateClaim({ spec }: V1PersistentVolumeClaim, old?: V1PersistentVolumeClaim): FieldError[] {
  return validateClaimSpec(spec, path("spec"), old ? keptOf(old.spec) : NOTHING_KEPT);
}

function keptOf({ selector, dataSource, dataSourceRef }: V1PersistentVolumeClaimSpec): Kept {
  return {
    selectorValues: findErrors(() => validateLabelSelector(selector, path("spec"))).length > 0,
    apiGroups: typeof (dataSource?.apiGroup ?? dataSourceRef?.apiGroup) === "string",
  };
}

/** Upstream: …#ValidatePersistentVolumeClaimSpec */
export function validateClaimSpec(
  spec: V1PersistentVolumeClaimSpec,
  field: FieldPath,
  kept: Kept = NOTHING_KEPT,
): FieldError[] {
  const { accessModes = [], selector, storageClassName, volumeMode, volumeAttributesClassName } = spec;
  const modesField = field.child("accessModes");
  return [
    ...(accessModes.length === 0 ? [required(modesField, "at least 1 access mode is required")] : []),
    ...validateLabelSelector(selector, field.child("selector"), { allowInvalidValues: kept.selectorValues }),
    ...validateAccessModes(accessModes, modesField),
    ...storageErrors(spec.resources?.requests?.["storage"], field.child("resources").key("storage")),
    ...(storageClassName ? validateSubdomain(storageClassName, field.child("storageClassName")) : []),
    ...validateOptionalEnum(volumeMode, VOLUME_MODES, field.child("volumeMode")),
    ...dataSourceErrors(spec, field, kept),
    ...(volumeAttributesClassName
      ? validateSubdomain(volumeAttributesClassName, field.child("volumeAttributesClassName"))
      : []),
  ];
}

function storageErrors(storage: string | undefined, field: FieldPath): FieldError[] {
  if (storage === undefined) return [required(field)];
  if (quantitySign(storage) <= 0) return [invalid(field, canonicalQuantity(storage), "must be greater than zero")];
  return validateResourceQuantity("storage", storage, field);
}

/** Upstream prints the path of the other field as a value, which comes out as {}. */
function dataSourceErrors(
  { dataSource, dataSourceRef }: V1PersistentVolumeClaimSpec,
  field: FieldPath,
  kept: Kept,
): FieldError[] {
  const namespace = dataSourceRef?.namespace;
  const at = field.child("dataSourceRef");
  const errors = [
    ...(dataSource ? referenceErrors(dataSource, field.child("dataSource"), kept) : []),
    ...(dataSourceRef ? referenceErrors(dataSourceRef, at, kept) : []),
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
  { apiGroups }: Kept,
): FieldError[] {
  const defaultGroup = "must be 'PersistentVolumeClaim' when referencing the default apiGroup";
  return [
    ...(name ? [] : [required(field.child("name"))]),
    ...(kind ? [] : [required(field.child("kind"))]),
    ...(!apiGroup && kind !== "PersistentVolumeClaim" ? [invalid(field, kind ?? "", defaultGroup)] : []),
    ...(apiGroup && !apiGroups ? validateSubdomain(apiGroup, field.child("apiGroup")) : []),
  ];
}

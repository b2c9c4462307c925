import {
  forbidden,
  invalid,
  notSupported,
  required,
  tooLong,
  type FieldError,
  type FieldPath,
} from "../errors/field-error.ts";
import type { NameCheck, NameFormat } from "../kind/strategy.ts";
import type { V1ManagedFieldsEntry, V1ObjectMeta, V1OwnerReference } from "../meta/meta.gen.ts";
import {
  byteLength,
  isDns1035Label,
  isDns1123Label,
  isDns1123Subdomain,
  isPathSegmentName,
  isPathSegmentPrefix,
  isQualifiedName,
} from "./formats.ts";
import { validateLabels } from "./labels.ts";

/** Metadata rules that hold for every kind. Upstream: apimachinery/pkg/api/validation/objectmeta.go */
export const FIELD_IMMUTABLE = "field is immutable";
/** The sizes of all annotation keys and values together, in bytes. */
export const MAX_ANNOTATIONS_BYTES = 256 * 1024;

const MAX_SUBRESOURCE = 256;
const MAX_FIELD_MANAGER = 128;
const ORPHAN = "orphan";
const FOREGROUND = "foregroundDeletion";

const masking =
  (check: (name: string) => string[]): NameCheck =>
  (name, prefix) =>
    check(prefix && name.length > 1 && name.endsWith("-") ? `${name.slice(0, -2)}a` : name);

export const NAME_CHECKS: Readonly<Record<NameFormat, NameCheck>> = {
  subdomain: masking(isDns1123Subdomain),
  label: masking(isDns1123Label),
  label1035: masking(isDns1035Label),
  pathSegment: (name, prefix) => (prefix ? isPathSegmentPrefix(name) : isPathSegmentName(name)),
  declared: () => [],
};

interface ObjectMetaOptions {
  readonly namespaced: boolean;
  /** A format, or a check of its own; "subdomain" when absent. */
  readonly nameFormat?: NameFormat | NameCheck | undefined;
  /** Unqualified finalizers have to be ones that Kubernetes knows; true for built-in kinds and when absent. */
  readonly standardFinalizers?: boolean;
}

export function validateObjectMeta(
  meta: V1ObjectMeta,
  { namespaced, nameFormat = "subdomain", standardFinalizers = true }: ObjectMetaOptions,
  field: FieldPath,
): FieldError[] {
  const check = typeof nameFormat === "function" ? nameFormat : NAME_CHECKS[nameFormat];
  return [
    ...nameErrors(meta, check, field),
    ...namespaceErrors(meta, namespaced, field.child("namespace")),
    ...generationErrors(meta, field),
    ...validateLabels(meta.labels, field.child("labels")),
    ...validateAnnotations(meta.annotations, field.child("annotations")),
    ...validateOwnerReferences(meta.ownerReferences ?? [], field.child("ownerReferences")),
    ...validateFinalizers(meta.finalizers ?? [], field.child("finalizers")),
    ...validateManagedFields(meta.managedFields ?? [], field.child("managedFields")),
    ...(standardFinalizers ? unknownFinalizerErrors(meta.finalizers ?? [], field.child("finalizers")) : []),
  ];
}

/** Upstream: pkg/apis/core/validation/validation.go#validateKubeFinalizerName */
function unknownFinalizerErrors(finalizers: readonly string[], field: FieldPath): FieldError[] {
  return finalizers.flatMap((finalizer, i) => validateStandardFinalizer(finalizer, field.index(i)));
}

const STANDARD_FINALIZERS: ReadonlySet<string> = new Set(["kubernetes", ORPHAN, FOREGROUND]);

export function validateStandardFinalizer(finalizer: string, field: FieldPath): FieldError[] {
  if (finalizer.includes("/") || STANDARD_FINALIZERS.has(finalizer)) return [];
  return [invalid(field, finalizer, "name is neither a standard finalizer name nor is it fully qualified")];
}

function nameErrors({ name = "", generateName = "" }: V1ObjectMeta, check: NameCheck, field: FieldPath): FieldError[] {
  const errors =
    generateName === ""
      ? []
      : check(generateName, true).map((text) => invalid(field.child("generateName"), generateName, text));
  if (name === "") return [...errors, required(field.child("name"), "name or generateName is required")];
  return [...errors, ...check(name, false).map((text) => invalid(field.child("name"), name, text))];
}

function namespaceErrors({ namespace = "" }: V1ObjectMeta, namespaced: boolean, field: FieldPath): FieldError[] {
  if (!namespaced) return namespace === "" ? [] : [forbidden(field, "not allowed on this type")];
  if (namespace === "") return [required(field)];
  return isDns1123Label(namespace).map((text) => invalid(field, namespace, text));
}

const generationErrors = ({ generation = 0 }: V1ObjectMeta, field: FieldPath): FieldError[] =>
  validateNonnegative(generation, field.child("generation"));

export function validateNonnegative(value: number | bigint, field: FieldPath): FieldError[] {
  return value < 0 ? [invalid(field, value, "must be greater than or equal to 0")] : [];
}

export function validateAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  field: FieldPath,
): FieldError[] {
  const errors: FieldError[] = [];
  let size = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    errors.push(...isQualifiedName(key.toLowerCase()).map((text) => invalid(field, key, text)));
    size += byteLength(key) + byteLength(value);
  }
  return size > MAX_ANNOTATIONS_BYTES ? [...errors, tooLong(field, undefined, MAX_ANNOTATIONS_BYTES)] : errors;
}

function validateOwnerReferences(references: readonly V1OwnerReference[], field: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  let controller = "";
  let all: readonly unknown[] | undefined;
  references.forEach((reference, i) => {
    errors.push(...ownerReferenceErrors(reference, field.index(i)));
    if (!reference.controller) return;
    const name = `${reference.kind}/${reference.name}`;
    if (controller === "") controller = name;
    else {
      const detail = `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`;
      errors.push(invalid(field, (all ??= references.map(ownerReferenceText)), detail));
    }
  });
  return errors;
}

function ownerReferenceErrors(reference: V1OwnerReference, field: FieldPath): FieldError[] {
  const { apiVersion = "", kind = "", name = "", uid = "" } = reference as Partial<V1OwnerReference>;
  const errors: FieldError[] = [];
  if (apiVersion === "") errors.push(required(field.child("apiVersion"), "must not be empty"));
  else if (!/^([^/]*\/)?[^/]+$/.test(apiVersion)) {
    errors.push(invalid(field.child("apiVersion"), apiVersion, "must be <group>/<version> or <version>"));
  }
  if (kind === "") errors.push(required(field.child("kind"), "must not be empty"));
  if (name === "") errors.push(required(field.child("name"), "must not be empty"));
  if (uid === "") errors.push(required(field.child("uid"), "must not be empty"));
  if (apiVersion === "v1" && kind === "Event") {
    errors.push(invalid(field, ownerReferenceText(reference), "/v1, Kind=Event is disallowed from being an owner"));
  }
  return errors;
}

/** In the order in which Go writes the fields. */
function ownerReferenceText({
  apiVersion,
  kind,
  name,
  uid,
  controller,
  blockOwnerDeletion,
}: V1OwnerReference): unknown {
  return { apiVersion, kind, name, uid, controller, blockOwnerDeletion };
}

export function validateFinalizerName(name: string, field: FieldPath): FieldError[] {
  return isQualifiedName(name).map((text) => invalid(field, name, text));
}

function validateFinalizers(finalizers: readonly string[], field: FieldPath): FieldError[] {
  const errors = finalizers.flatMap((finalizer) => validateFinalizerName(finalizer, field));
  if (!finalizers.includes(ORPHAN) || !finalizers.includes(FOREGROUND)) return errors;
  return [...errors, invalid(field, finalizers, `finalizer ${ORPHAN} and ${FOREGROUND} cannot be both set`)];
}

/** Also a request's `fieldManager` parameter. */
function validateFieldManager(manager: string, field: FieldPath): FieldError[] {
  const errors = byteLength(manager) > MAX_FIELD_MANAGER ? [tooLong(field, manager, MAX_FIELD_MANAGER)] : [];
  let position = 0;
  for (const character of manager) {
    if (!isPrintable(character)) {
      errors.push(invalid(field, manager, `invalid character ${codePointText(character)} (at position ${position})`));
    }
    position += byteLength(character);
  }
  return errors;
}

const isPrintable = (character: string): boolean =>
  character === " " || /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(character);

/** Go's %#U, which shows printable characters only. */
const codePointText = (character: string): string =>
  `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`;

export function validateManagedFields(entries: readonly V1ManagedFieldsEntry[], field: FieldPath): FieldError[] {
  return entries.flatMap((entry, i) => managedFieldsEntryErrors(entry, field.index(i)));
}

function managedFieldsEntryErrors(entry: V1ManagedFieldsEntry, field: FieldPath): FieldError[] {
  const { operation = "", fieldsType = "", manager = "", subresource = "" } = entry;
  const errors: FieldError[] = [];
  if (operation === "") errors.push(required(field.child("operation"), "must not be empty"));
  else if (operation !== "Apply" && operation !== "Update") {
    errors.push(notSupported(field.child("operation"), operation, ["Apply", "Update"]));
  }
  if (fieldsType !== "" && fieldsType !== "FieldsV1")
    errors.push(invalid(field.child("fieldsType"), fieldsType, "must be `FieldsV1`"));
  errors.push(...validateFieldManager(manager, field.child("manager")));
  if (byteLength(subresource) > MAX_SUBRESOURCE)
    errors.push(tooLong(field.child("subresource"), subresource, MAX_SUBRESOURCE));
  return errors;
}

/** Upstream: …/objectmeta.go#ValidateObjectMetaAccessorUpdate */
export function validateObjectMetaUpdate(meta: V1ObjectMeta, old: V1ObjectMeta, field: FieldPath): FieldError[] {
  return [
    ...(old.deletionTimestamp ? newFinalizerErrors(meta, old, field.child("finalizers")) : []),
    ...(meta.resourceVersion ? [] : [invalid(field.child("resourceVersion"), "", "must be specified for an update")]),
    ...generationErrors(meta, field),
    ...((meta.generation ?? 0) < (old.generation ?? 0)
      ? [invalid(field.child("generation"), meta.generation ?? 0, "must not be decremented")]
      : []),
    ...IMMUTABLE.flatMap(([name, zero]) => validateImmutable(meta[name] ?? zero, old[name] ?? zero, field.child(name))),
    ...validateLabels(meta.labels, field.child("labels")),
    ...validateAnnotations(meta.annotations, field.child("annotations")),
    ...validateOwnerReferences(meta.ownerReferences ?? [], field.child("ownerReferences")),
    ...validateManagedFields(meta.managedFields ?? [], field.child("managedFields")),
  ];
}

const IMMUTABLE = [
  ["name", ""],
  ["namespace", ""],
  ["uid", ""],
  ["creationTimestamp", null],
  ["deletionTimestamp", null],
  ["deletionGracePeriodSeconds", null],
] as const;

function newFinalizerErrors(meta: V1ObjectMeta, old: V1ObjectMeta, field: FieldPath): FieldError[] {
  const before = new Set(old.finalizers);
  const extra = [...new Set(meta.finalizers)].filter((finalizer) => !before.has(finalizer)).sort();
  if (extra.length === 0) return [];
  const list = `[]string{${extra.map((finalizer) => JSON.stringify(finalizer)).join(", ")}}`;
  return [
    forbidden(field, `no new finalizers can be added if the object is being deleted, found new finalizers ${list}`),
  ];
}

/** The two are scalars or absent. */
function validateImmutable(value: unknown, old: unknown, field: FieldPath): FieldError[] {
  return value === old ? [] : [invalid(field, value, FIELD_IMMUTABLE)];
}

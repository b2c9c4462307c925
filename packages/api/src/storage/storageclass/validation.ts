import { declaredImmutable, notSupported, path, required, type FieldError, type FieldPath } from "@dingi/apimachinery";
import { validateParameters, validateProvisioner } from "./parameters.ts";
import type { V1StorageClass } from "./storageclass.gen.ts";
import { validateAllowedTopologies } from "./topologies.ts";

const RECLAIM_POLICIES = ["Delete", "Retain"];
const BINDING_MODES = ["Immediate", "WaitForFirstConsumer"];
const PROVISIONER = path("provisioner");

/** What is declared goes last. Upstream: pkg/apis/storage/validation/validation.go#ValidateStorageClass */
export function validateStorageClass(storageClass: V1StorageClass): FieldError[] {
  return [...ownErrors(storageClass), ...missingProvisioner(storageClass)];
}

/** Upstream: …#ValidateStorageClassUpdate */
export function validateStorageClassUpdate(storageClass: V1StorageClass, old: V1StorageClass): FieldError[] {
  const fixed = (name: keyof V1StorageClass) => declaredImmutable(storageClass[name], old[name], path(name));
  return [
    ...ownErrors(storageClass),
    ...(storageClass.provisioner === old.provisioner ? [] : missingProvisioner(storageClass)),
    ...fixed("provisioner"),
    ...fixed("parameters"),
    ...fixed("reclaimPolicy"),
    ...fixed("volumeBindingMode"),
  ];
}

const missingProvisioner = ({ provisioner }: V1StorageClass): FieldError[] =>
  provisioner ? [] : [required(PROVISIONER)];

function ownErrors(storageClass: V1StorageClass): FieldError[] {
  const { provisioner, parameters = {}, reclaimPolicy, volumeBindingMode, allowedTopologies = [] } = storageClass;
  return [
    ...validateProvisioner(provisioner ?? "", PROVISIONER),
    ...validateParameters(parameters, path("parameters"), { mayBeEmpty: true }),
    ...(reclaimPolicy ? oneOf(reclaimPolicy, RECLAIM_POLICIES, path("reclaimPolicy")) : []),
    ...oneOf(volumeBindingMode, BINDING_MODES, path("volumeBindingMode")),
    ...validateAllowedTopologies(allowedTopologies, path("allowedTopologies")),
  ];
}

function oneOf(value: string | undefined, known: readonly string[], field: FieldPath): FieldError[] {
  if (value === undefined) return [required(field)];
  return known.includes(value) ? [] : [notSupported(field, value, known)];
}

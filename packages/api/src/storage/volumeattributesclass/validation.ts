import { forbidden, path, required, semanticEqual, type FieldError } from "@dingi/apimachinery";
import { validateParameters, validateProvisioner } from "../storageclass/parameters.ts";
import type { V1VolumeAttributesClass } from "./volumeattributesclass.gen.ts";

const DRIVER_NAME = path("driverName");
const PARAMETERS = path("parameters");

/** Upstream: pkg/apis/storage/validation/validation.go#ValidateVolumeAttributesClass */
export function validateVolumeAttributesClass({ driverName, parameters = {} }: V1VolumeAttributesClass): FieldError[] {
  return [
    ...(driverName ? validateProvisioner(driverName, DRIVER_NAME) : [required(DRIVER_NAME)]),
    ...validateParameters(parameters, PARAMETERS, { mayBeEmpty: false }),
  ];
}

/** Upstream: …#ValidateVolumeAttributesClassUpdate */
export function validateVolumeAttributesClassUpdate(
  attributes: V1VolumeAttributesClass,
  old: V1VolumeAttributesClass,
): FieldError[] {
  const isSameDriver = attributes.driverName === old.driverName;
  const areSame = semanticEqual(attributes.parameters ?? {}, old.parameters ?? {});
  return [
    ...(isSameDriver ? [] : [forbidden(DRIVER_NAME, "updates to driverName are forbidden.")]),
    ...(areSame ? [] : [forbidden(PARAMETERS, "updates to parameters are forbidden.")]),
    ...validateVolumeAttributesClass(attributes),
  ];
}

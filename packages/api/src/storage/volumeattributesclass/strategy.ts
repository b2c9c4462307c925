import type { Strategy } from "@dingi/apimachinery";
import { validateVolumeAttributesClass, validateVolumeAttributesClassUpdate } from "./validation.ts";
import type { V1VolumeAttributesClass } from "./volumeattributesclass.gen.ts";

/** Upstream: pkg/registry/storage/volumeattributesclass/strategy.go */
export const strategy: Strategy<V1VolumeAttributesClass> = {
  validate: validateVolumeAttributesClass,
  validateUpdate: validateVolumeAttributesClassUpdate,
};

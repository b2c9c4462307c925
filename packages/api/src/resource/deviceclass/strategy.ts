import { semanticEqual, type Strategy } from "@dingi/apimachinery";
import type { V1DeviceClass } from "./deviceclass.gen.ts";
import { classNameCheck, validateDeviceClass, validateDeviceClassUpdate } from "./validation.ts";

/** Upstream: pkg/registry/resource/deviceclass/strategy.go */
export const strategy: Strategy<V1DeviceClass> = {
  nameFormat: classNameCheck,
  prepareForCreate({ metadata }) {
    metadata.generation = 1;
  },
  prepareForUpdate({ metadata, spec }, old) {
    if (!semanticEqual(spec, old.spec)) metadata.generation = (old.metadata.generation ?? 0) + 1;
  },
  validate: (deviceClass) => validateDeviceClass(deviceClass),
  validateUpdate: validateDeviceClassUpdate,
};

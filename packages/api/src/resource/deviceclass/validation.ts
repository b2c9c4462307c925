import {
  isLongName,
  path,
  semanticEqual,
  validateDeclared,
  type FieldError,
  type NameCheck,
} from "@dingi/apimachinery";
import { configurationErrors } from "../device/configuration.ts";
import { withinLimit } from "../device/lists.ts";
import { selectorErrors } from "../device/selectors.ts";
import { V1DeviceClass } from "./deviceclass.gen.ts";

const SPEC = path("spec");
const MAX_CONFIGS = 32;

/** That of a whole name is declared. */
export const classNameCheck: NameCheck = (name, isPrefix) => (isPrefix ? isLongName(name) : []);

/** Upstream: pkg/apis/resource/validation/validation.go#ValidateDeviceClass */
export function validateDeviceClass(deviceClass: V1DeviceClass, old?: V1DeviceClass): FieldError[] {
  const { selectors, config } = deviceClass.spec;
  const sameSelectors = old !== undefined && semanticEqual(selectors, old.spec.selectors);
  const sameConfig = old !== undefined && semanticEqual(config, old.spec.config);
  return [
    ...selectorErrors(selectors, SPEC.child("selectors"), sameSelectors),
    ...withinLimit(config, MAX_CONFIGS).flatMap((one, i) =>
      configurationErrors(one, SPEC.child("config").index(i), sameConfig),
    ),
    ...validateDeclared(V1DeviceClass, deviceClass, { ...(old && { old }) }),
  ];
}

export const validateDeviceClassUpdate = (deviceClass: V1DeviceClass, old: V1DeviceClass): FieldError[] =>
  validateDeviceClass(deviceClass, old);

import type { Strategy } from "@dingi/apimachinery";
import type { V1Secret } from "./secret.gen.ts";
import { validateSecret, validateSecretUpdate } from "./validation.ts";
import { secretWarnings } from "./warnings.ts";

/** Upstream: pkg/registry/core/secret/strategy.go */
export const strategy: Strategy<V1Secret> = {
  prepareForUpdate(secret, old) {
    secret.type ||= old.type;
  },
  validate: validateSecret,
  validateUpdate: validateSecretUpdate,
  warningsOnCreate: secretWarnings,
  warningsOnUpdate: secretWarnings,
};

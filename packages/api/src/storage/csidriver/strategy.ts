import { semanticEqual, type Strategy } from "@dingi/apimachinery";
import type { V1CSIDriver } from "./csidriver.gen.ts";
import { validateCSIDriver, validateCSIDriverUpdate } from "./validation.ts";

const TOKENS_MAY_BE_LOGGED =
  "spec.serviceAccountTokenInSecrets is unset; if supported by this CSI driver, set to true to prevent possible logging of tokens in volume attributes";

/** Upstream: pkg/registry/storage/csidriver/strategy.go */
export const strategy: Strategy<V1CSIDriver> = {
  allowUnconditionalUpdate: false,
  prepareForUpdate({ metadata, spec }, old) {
    if (!semanticEqual(spec, old.spec)) metadata.generation = (old.metadata.generation ?? 0) + 1;
  },
  validate: validateCSIDriver,
  validateUpdate: validateCSIDriverUpdate,
  warningsOnCreate: tokenWarnings,
  warningsOnUpdate: (driver, old) =>
    semanticEqual(driver.spec.tokenRequests, old.spec.tokenRequests) ? [] : tokenWarnings(driver),
};

function tokenWarnings({ spec }: V1CSIDriver): string[] {
  const isExposed = (spec.tokenRequests ?? []).length > 0 && spec.serviceAccountTokenInSecrets === undefined;
  return isExposed ? [TOKENS_MAY_BE_LOGGED] : [];
}

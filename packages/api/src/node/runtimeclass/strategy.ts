import { path, type Strategy } from "@dingi/apimachinery";
import { nodeLabelDeprecation } from "../../core/node/deprecated-labels.ts";
import type { V1RuntimeClass } from "./runtimeclass.gen.ts";
import { validateRuntimeClass, validateRuntimeClassUpdate } from "./validation.ts";

/** Upstream: pkg/registry/node/runtimeclass/strategy.go */
export const strategy: Strategy<V1RuntimeClass> = {
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,
  standardFinalizers: false,
  validate: validateRuntimeClass,
  validateUpdate: validateRuntimeClassUpdate,
  warningsOnCreate: warnings,
  warningsOnUpdate: warnings,
};

/** Upstream: pkg/api/node/util.go#GetWarningsForRuntimeClass */
function warnings({ scheduling }: V1RuntimeClass): string[] {
  const field = path("scheduling", "nodeSelector");
  return Object.keys(scheduling?.nodeSelector ?? {}).flatMap((key) => {
    const deprecation = nodeLabelDeprecation(key);
    return deprecation === undefined ? [] : [`${field}: ${deprecation}`];
  });
}

import { path, type Strategy } from "@dingi/apimachinery";
import { nodeLabelDeprecation } from "../../core/node/deprecated-labels.ts";
import type { V1StorageClass } from "./storageclass.gen.ts";
import { validateStorageClass, validateStorageClassUpdate } from "./validation.ts";

/** Upstream: pkg/registry/storage/storageclass/strategy.go */
export const strategy: Strategy<V1StorageClass> = {
  validate: validateStorageClass,
  validateUpdate: validateStorageClassUpdate,
  warningsOnCreate: topologyWarnings,
  warningsOnUpdate: topologyWarnings,
};

/** Upstream: pkg/api/storage/util.go#GetWarningsForStorageClass */
function topologyWarnings({ allowedTopologies = [] }: V1StorageClass): string[] {
  return allowedTopologies.flatMap(({ matchLabelExpressions = [] }, i) =>
    matchLabelExpressions.flatMap(({ key }, j) => {
      const deprecation = nodeLabelDeprecation(key);
      const at = path("allowedTopologies").index(i).child("matchLabelExpressions").index(j).child("key");
      return deprecation === undefined ? [] : [`${at}: ${deprecation}`];
    }),
  );
}

import { path, type Strategy } from "@dingi/apimachinery";
import { nodeLabelDeprecation } from "../../core/node/deprecated-labels.ts";
import type { V1CSIStorageCapacity } from "./csistoragecapacity.gen.ts";
import { validateCSIStorageCapacity, validateCSIStorageCapacityUpdate } from "./validation.ts";

const TOPOLOGY = path("nodeTopology");

/** Upstream: pkg/registry/storage/csistoragecapacity/strategy.go */
export const strategy: Strategy<V1CSIStorageCapacity> = {
  allowUnconditionalUpdate: false,
  validate: (capacity) => validateCSIStorageCapacity(capacity),
  validateUpdate: validateCSIStorageCapacityUpdate,
  warningsOnCreate: warnings,
  warningsOnUpdate: warnings,
};

/** Upstream: pkg/api/node/util.go#GetWarningsForNodeSelector */
function warnings({ nodeTopology }: V1CSIStorageCapacity): string[] {
  const expressions = (nodeTopology?.matchExpressions ?? []).flatMap(({ key }, i) => {
    const deprecation = nodeLabelDeprecation(key);
    return deprecation ? [`${TOPOLOGY.child("matchExpressions").index(i).child("key")}: ${key} is ${deprecation}`] : [];
  });
  const labels = Object.keys(nodeTopology?.matchLabels ?? {}).flatMap((key) => {
    const deprecation = nodeLabelDeprecation(key);
    return deprecation ? [`${TOPOLOGY.child("matchLabels", key)}: ${deprecation}`] : [];
  });
  return [...expressions, ...labels];
}

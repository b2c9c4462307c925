import { semanticEqual, ipWarnings, path, type Strategy } from "@dingi/apimachinery";
import type { V1Endpoints } from "./endpoints.gen.ts";
import { validateEndpoints } from "./validation.ts";

const MANAGED_BY = "endpoints.kubernetes.io/managed-by";
const CONTROLLER = "endpoint-controller";

/** Upstream: pkg/registry/core/endpoint/strategy.go */
export const strategy: Strategy<V1Endpoints> = {
  allowCreateOnUpdate: true,
  validate: validateEndpoints,
  /** What was stored once may stay. */
  validateUpdate: (endpoints, old) =>
    semanticEqual(endpoints.subsets, old.subsets) ? [] : validateEndpoints(endpoints),
  warningsOnCreate: endpointsWarnings,
  warningsOnUpdate: endpointsWarnings,
};

function endpointsWarnings({ metadata, subsets = [] }: V1Endpoints): string[] {
  if (metadata.labels?.[MANAGED_BY] === CONTROLLER) return [];
  return subsets.flatMap((subset, i) =>
    (["addresses", "notReadyAddresses"] as const).flatMap((list) =>
      (subset[list] ?? []).flatMap(({ ip }, j) =>
        ipWarnings(ip, path("subsets").index(i).child(list).index(j).child("ip")),
      ),
    ),
  );
}

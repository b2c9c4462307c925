import type { Strategy } from "@dingi/apimachinery";
import type { V1ClusterTrustBundle } from "./clustertrustbundle.gen.ts";
import { bundleNameCheck, validateBundle, validateBundleUpdate } from "./validation.ts";

/** Upstream: pkg/registry/certificates/clustertrustbundle/strategy.go */
export const strategy: Strategy<V1ClusterTrustBundle> = {
  allowUnconditionalUpdate: false,
  nameCheckOf: ({ spec }) => bundleNameCheck(spec.signerName ?? ""),
  validate: validateBundle,
  validateUpdate: validateBundleUpdate,
};

import { Pod, podClaimKeys, type V1Pod } from "@dingi/api";
import type { ObjectKey } from "@dingi/apimachinery";
import { indexOf, type ControllerCache } from "@dingi/controller-runtime";

const CLAIM = "claim";

/** For `podsWithClaim`. Upstream: pkg/controller/volume/common/common.go#PodPVCIndexFunc */
export const podsByClaim = indexOf(Pod, CLAIM, podClaimKeys);

export function podsWithClaim({ namespace, name }: ObjectKey, cache: ControllerCache): V1Pod[] {
  return cache.by(Pod, CLAIM, `${namespace}/${name}`);
}

import type { Draft } from "@dingi/apimachinery";
import type { V1ResourceClaimSpec, V1ResourceClaimStatus } from "./resourceclaim.gen.ts";

/** DRADerivedAttributes is off. Upstream: pkg/api/resourceclaimspec/util.go#DropDisabledFields */
export function dropDisabledClaimFields({ devices }: Draft<V1ResourceClaimSpec>): void {
  for (const { exactly, firstAvailable } of devices?.requests ?? []) {
    if (exactly) delete exactly.derivedAttributes;
    for (const subRequest of firstAvailable ?? []) delete subRequest.derivedAttributes;
  }
}

/** DRAOptionalNodeOperations is off. Upstream: pkg/registry/resource/resourceclaim/strategy.go#dropDisabledStatusFields */
export function dropDisabledStatusFields({ allocation }: Draft<V1ResourceClaimStatus>): void {
  for (const result of allocation?.devices?.results ?? []) delete result.skipNodeOperations;
}

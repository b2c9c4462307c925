import type { Draft } from "@dingi/apimachinery";
import type { V1ExactDeviceRequest, V1ResourceClaimSpec } from "./resourceclaim.gen.ts";

/** Upstream: pkg/apis/resource/v1/defaults.go */
export function defaultDeviceClaim({ devices }: Draft<V1ResourceClaimSpec>): void {
  for (const { exactly, firstAvailable } of devices?.requests ?? []) {
    if (exactly) defaultAllocationMode(exactly);
    for (const subRequest of firstAvailable ?? []) defaultAllocationMode(subRequest);
  }
}

function defaultAllocationMode(request: Draft<Pick<V1ExactDeviceRequest, "allocationMode" | "count">>): void {
  request.allocationMode ||= "ExactCount";
  if (request.allocationMode === "ExactCount") request.count ||= 1;
}

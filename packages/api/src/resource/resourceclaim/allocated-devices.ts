import type { Draft } from "@dingi/apimachinery";
import type {
  V1AllocatedDeviceStatus,
  V1AllocationResult,
  V1DeviceRequestAllocationResult,
  V1ResourceClaimStatus,
} from "./resourceclaim.gen.ts";

type Device = Pick<V1AllocatedDeviceStatus | V1DeviceRequestAllocationResult, "driver" | "pool" | "device" | "shareID">;

/** One device, or one share of it. Upstream: dynamic-resource-allocation/structured/allocator.go#SharedDeviceID */
export function deviceKey({ driver, pool, device, shareID }: Device): string {
  return JSON.stringify([driver ?? "", pool ?? "", device ?? "", shareID ?? ""]);
}

export function allocatedDevices(allocation: V1AllocationResult | undefined): Set<string> {
  return new Set((allocation?.devices?.results ?? []).map(deviceKey));
}

/** What is told of devices ends with their allocation. Upstream: pkg/registry/resource/resourceclaim/strategy.go#dropDeallocatedStatusDevices */
export function dropDeallocatedDevices(status: Draft<V1ResourceClaimStatus>, old: V1ResourceClaimStatus): void {
  const now = allocatedDevices(status.allocation);
  const gone = allocatedDevices(old.allocation).difference(now);
  const kept = (status.devices ?? []).filter((device) => !gone.has(deviceKey(device)));
  if (kept.length > 0) status.devices = kept;
  else delete status.devices;
}

import type { Draft } from "@dingi/apimachinery";
import type { V1Device, V1ResourceSliceSpec } from "./resourceslice.gen.ts";

/**
 * The gates DRAListTypeAttributes, DRANodeAllocatableResources, DRADeviceCompatibilityGroups, DRAPartitionableDevicesType and
 * DRAOptionalNodeOperations are off.
 * Upstream: pkg/registry/resource/resourceslice/strategy.go#dropDisabledFields
 */
export function dropDisabledSliceFields(spec: Draft<V1ResourceSliceSpec>): void {
  delete spec.partitionTypeAttribute;
  delete spec.skipNodeOperations;
  for (const device of spec.devices ?? []) dropDisabledDeviceFields(device);
}

function dropDisabledDeviceFields(device: Draft<V1Device>): void {
  delete device.nodeAllocatableResources;
  for (const consumption of device.consumesCounters ?? []) delete consumption.compatibilityGroups;
  for (const attribute of Object.values(device.attributes ?? {})) {
    delete attribute.ints;
    delete attribute.bools;
    delete attribute.strings;
    delete attribute.versions;
  }
}

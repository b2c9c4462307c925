import { semanticEqual, type Draft, type Strategy } from "@dingi/apimachinery";
import { stampTaint } from "../device/taints.ts";
import { dropDisabledSliceFields } from "./disabled-fields.ts";
import type { V1ResourceSlice } from "./resourceslice.gen.ts";
import { validateResourceSlice } from "./validation/slice.ts";

/** Upstream: pkg/registry/resource/resourceslice/strategy.go */
export const strategy: Strategy<V1ResourceSlice> = {
  prepareForCreate(slice, { clock }) {
    slice.metadata.generation = 1;
    stampTaints(slice, clock.now());
    dropDisabledSliceFields(slice.spec);
  },
  prepareForUpdate(slice, old, { clock }) {
    stampTaints(slice, clock.now());
    if (!semanticEqual(slice.spec, old.spec)) slice.metadata.generation = (old.metadata.generation ?? 0) + 1;
    dropDisabledSliceFields(slice.spec);
  },
  validate: (slice) => validateResourceSlice(slice),
  validateUpdate: (slice, old) => validateResourceSlice(slice, old),
  warningsOnCreate: driverWarnings,
  warningsOnUpdate: driverWarnings,
};

function stampTaints({ spec }: Draft<V1ResourceSlice>, nowMs: number): void {
  for (const device of spec.devices ?? []) for (const taint of device.taints ?? []) stampTaint(taint, nowMs);
}

function driverWarnings({ spec: { driver = "" } }: V1ResourceSlice): string[] {
  if (driver === driver.toLowerCase()) return [];
  return [`spec.driver: driver names should be lowercase; ${JSON.stringify(driver)} contains uppercase characters`];
}

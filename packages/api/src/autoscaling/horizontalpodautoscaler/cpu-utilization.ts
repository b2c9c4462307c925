import type { Draft } from "@dingi/apimachinery";
import type { V2MetricSpec } from "./horizontalpodautoscaler.gen.ts";

/** Of what a Pod requests, in per cent, where nothing else says what to go by. */
export const CPU_UTILIZATION = 80;

export function cpuUtilization(percent: number): Draft<V2MetricSpec> {
  const target = { type: "Utilization", averageUtilization: percent };
  return { type: "Resource", resource: { name: "cpu", target } };
}

import type { Draft } from "@dingi/apimachinery";
import { roundResources } from "../pod/resources.ts";
import type { V1LimitRange, V1LimitRangeItem } from "./limitrange.gen.ts";

/** Upstream: pkg/apis/core/v1/defaults.go#SetDefaults_LimitRangeItem */
export function defaultLimitRange(limitRange: Draft<V1LimitRange>): void {
  limitRange.spec ??= { limits: [] };
  for (const limit of limitRange.spec.limits ?? []) {
    if (limit.type === "Container") defaultContainerLimits(limit);
    for (const list of [limit.max, limit.min, limit.default, limit.defaultRequest, limit.maxLimitRequestRatio])
      roundResources(list);
  }
}

/** The most is the default, and the default is requested, or else the least. */
function defaultContainerLimits(limit: Draft<V1LimitRangeItem>): void {
  limit.default = { ...limit.max, ...limit.default };
  limit.defaultRequest = { ...limit.min, ...limit.default, ...limit.defaultRequest };
}

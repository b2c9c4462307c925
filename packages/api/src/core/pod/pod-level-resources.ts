import { compareQuantity, type Draft } from "@dingi/apimachinery";
import type { V1Container, V1Pod, V1PodSpec } from "./pod.gen.ts";
import { isHugePageResource, isOvercommitAllowed, isPodLevelResource } from "./resource-names.ts";
import { containerLimits, containerRequests, type ResourceList } from "./resources.ts";

/**
 * Fills in a pod's own resources from those of its containers, where the pod names any.
 * Upstream: pkg/api/pod/util.go#DefaultPodLevelResources
 */
export function defaultPodLevelResources({ spec }: Draft<V1Pod>): void {
  const own = spec.resources;
  if (!own || (isEmpty(own.requests) && isEmpty(own.limits))) return;
  const containers = {
    spec: { containers: spec.containers, initContainers: spec.initContainers },
    status: {},
    metadata: {},
  } as V1Pod;
  own.limits = defaultHugePages(own.limits, own.requests, containerLimits(containers));
  own.requests = defaultRequests(own.requests, own.limits, containerRequests(containers));
  own.limits = defaultLimits(own.limits, own.requests, spec as V1PodSpec, containerLimits(containers));
}

type MutableResources = Record<string, string> | undefined;

const isEmpty = (resources: ResourceList | undefined): boolean => Object.keys(resources ?? {}).length === 0;

function defaultHugePages(limits: MutableResources, requests: MutableResources, sum: ResourceList): MutableResources {
  const result: Record<string, string> = { ...limits };
  for (const name in sum)
    if (isHugePageResource(name) && !Object.hasOwn(requests ?? {}, name)) result[name] ??= sum[name]!;
  return isEmpty(result) ? limits : result;
}

function defaultRequests(requests: MutableResources, limits: MutableResources, sum: ResourceList): MutableResources {
  const result: Record<string, string> = { ...requests };
  for (const name in sum) if (isPodLevelResource(name) && isOvercommitAllowed(name)) result[name] ??= sum[name]!;
  for (const name in limits) if (isPodLevelResource(name)) result[name] ??= limits[name]!;
  return isEmpty(result) ? requests : result;
}

/** A limit follows only from containers that all have one. Upstream: …#defaultPodLevelLimits */
function defaultLimits(
  limits: MutableResources,
  requests: MutableResources,
  spec: V1PodSpec,
  sum: ResourceList,
): MutableResources {
  const result: Record<string, string> = { ...limits };
  const all: readonly V1Container[] = [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
  for (const name in requests) {
    if (!isPodLevelResource(name) || Object.hasOwn(result, name)) continue;
    const total = all.every((container) => Object.hasOwn(container.resources?.limits ?? {}, name))
      ? sum[name]
      : undefined;
    if (total !== undefined) result[name] = compareQuantity(requests[name]!, total) > 0 ? requests[name]! : total;
  }
  return isEmpty(result) ? limits : result;
}

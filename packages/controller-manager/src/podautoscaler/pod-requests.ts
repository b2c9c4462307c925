import { isPodLevelResource, isSidecar, podRequests, type V1Container, type V1Pod } from "@dingi/api";
import { quantityMilli } from "@dingi/apimachinery";
import { own } from "@dingi/base";

/**
 * What each pod requests of a resource, in thousandths: one of its containers, or the pod itself, or all that run together.
 * Throws where one requests nothing. Upstream: pkg/controller/podautoscaler/replica_calculator.go#calculateRequests
 */
export function requestsOf(
  pods: readonly V1Pod[],
  { resource, container }: { readonly resource: string; readonly container?: string | undefined },
): ReadonlyMap<string, bigint> {
  const requestOf = (pod: V1Pod): bigint => {
    if (container !== undefined) return ofContainer(pod, container, resource);
    return hasPodLevelRequests(pod) ? ofPod(pod, resource) : ofContainers(pod, resource);
  };
  return new Map(pods.map((pod) => [pod.metadata.name ?? "", requestOf(pod)]));
}

/** Upstream: component-helpers/resource/helpers.go#IsPodLevelRequestsSet */
function hasPodLevelRequests({ spec }: V1Pod): boolean {
  return Object.keys(spec.resources?.requests ?? {}).some(isPodLevelResource);
}

function ofPod(pod: V1Pod, resource: string): bigint {
  const request = own(podRequests(pod), resource);
  if (request === undefined) throw new Error(`missing pod-level request for ${resource} in Pod ${pod.metadata.name}`);
  return quantityMilli(request);
}

function ofContainers(pod: V1Pod, resource: string): bigint {
  return lasting(pod).reduce((sum, container) => sum + requestIn(container, resource, pod), 0n);
}

function ofContainer(pod: V1Pod, name: string, resource: string): bigint {
  const container = lasting(pod).find((one) => one.name === name);
  if (!container) throw new Error(`container ${name} not found in Pod ${pod.metadata.name}`);
  return requestIn(container, resource, pod);
}

function lasting({ spec }: V1Pod): readonly V1Container[] {
  return [...spec.containers, ...(spec.initContainers ?? []).filter(isSidecar)];
}

function requestIn({ name, resources }: V1Container, resource: string, pod: V1Pod): bigint {
  const request = own(resources?.requests ?? {}, resource);
  if (request === undefined)
    throw new Error(`missing request for ${resource} in container ${name} of Pod ${pod.metadata.name}`);
  return quantityMilli(request);
}

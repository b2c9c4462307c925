import { addQuantity, compareQuantity, roundUpQuantity } from "@dingi/apimachinery";
import type { V1Container, V1ContainerStatus, V1Pod, V1PodSpec } from "./pod.gen.ts";
import { isPodLevelResource } from "./resource-names.ts";

/** Quantities by resource name. */
export type ResourceList = Readonly<Record<string, string>>;

export interface PodResourcesOptions {
  /** A resize under way counts with the largest of what is wished, allocated and in effect. */
  readonly useStatus?: boolean;
  readonly excludeOverhead?: boolean;
  /** Counted for containers that do not request the resource. */
  readonly nonMissing?: ResourceList;
}

export function addResources(a: ResourceList, b: ResourceList | undefined): ResourceList {
  const sum = { ...a };
  addTo(sum, b);
  return sum;
}

function addTo(sum: Record<string, string>, more: ResourceList | undefined): void {
  for (const name in more) sum[name] = Object.hasOwn(sum, name) ? addQuantity(sum[name]!, more[name]!) : more[name]!;
}

export function maxResources(a: ResourceList, b: ResourceList | undefined): ResourceList {
  const most = { ...a };
  raiseTo(most, b);
  return most;
}

function raiseTo(most: Record<string, string>, least: ResourceList | undefined): void {
  for (const name in least)
    if (!Object.hasOwn(most, name) || compareQuantity(least[name]!, most[name]!) > 0) most[name] = least[name]!;
}

/** An init container that runs on beside the containers. */
export function isSidecar(container: V1Container): boolean {
  return container.restartPolicy === "Always";
}

/**
 * What a pod takes of its node: the sum over containers and sidecars, or more where an init container needs more
 * together with the sidecars started before it; a pod's own resources come first; overhead on top.
 * Upstream: component-helpers/resource/helpers.go#PodRequests
 */
export function podRequests(pod: V1Pod, options: PodResourcesOptions = {}): ResourceList {
  let total = containerRequests(pod, options);
  const own = pod.spec.resources?.requests;
  if (own && Object.keys(own).some(isPodLevelResource)) {
    total = overlay(total, options.useStatus ? podLevelInEffect(pod, "requests", own) : own);
  }
  return options.excludeOverhead ? total : addResources(total, pod.spec.overhead);
}

/** Upstream: component-helpers/resource/helpers.go#PodLimits */
export function podLimits(pod: V1Pod, options: PodResourcesOptions = {}): ResourceList {
  let total = containerLimits(pod, options);
  const own = pod.spec.resources;
  if (hasPodLevelResources(pod.spec)) {
    total = overlay(
      total,
      options.useStatus ? podLevelInEffect(pod, "limits", own?.limits ?? {}) : (own?.limits ?? {}),
    );
  }
  return options.excludeOverhead ? total : limitOverhead(total, pod.spec.overhead);
}

export function hasPodLevelResources({ resources }: Pick<V1PodSpec, "resources">): boolean {
  return Object.keys({ ...resources?.requests, ...resources?.limits }).some(isPodLevelResource);
}

function overlay(total: ResourceList, own: ResourceList): ResourceList {
  const result: Record<string, string> = { ...total };
  for (const name in own) if (isPodLevelResource(name)) result[name] = own[name]!;
  return result;
}

/** Overhead counts only where there is a limit to add it to. */
function limitOverhead(limits: ResourceList, overhead: ResourceList = {}): ResourceList {
  const result: Record<string, string> = { ...limits };
  for (const name in overhead) {
    if (Object.hasOwn(result, name) && compareQuantity(result[name]!, "0") !== 0)
      result[name] = addQuantity(result[name]!, overhead[name]!);
  }
  return result;
}

function podLevelInEffect(
  { spec: _, status }: V1Pod,
  which: "requests" | "limits",
  wished: ResourceList,
): ResourceList {
  if (!status.resources) return wished;
  const allocated = which === "requests" ? status.allocatedResources : undefined;
  return maxResources(
    maxResources(isResizeInfeasible(status.conditions) ? {} : wished, status.resources[which]),
    allocated,
  );
}

function isResizeInfeasible(conditions: V1Pod["status"]["conditions"]): boolean {
  return conditions?.find((condition) => condition.type === "PodResizePending")?.reason === "Infeasible";
}

/** The containers' requests alone. Upstream: …#AggregateContainerRequests */
export function containerRequests(pod: V1Pod, { useStatus, nonMissing }: PodResourcesOptions = {}): ResourceList {
  const sum = (of: Measure): ResourceList => aggregate(pod, of, nonMissing);
  const wished = (container: V1Container): ResourceList | undefined => container.resources?.requests;
  if (!useStatus) return sum(wished);
  const infeasible = isResizeInfeasible(pod.status.conditions);
  const instead = (container: V1Container): ResourceList | undefined => (infeasible ? undefined : wished(container));
  const allocated = sum((container, status) => status?.allocatedResources ?? instead(container));
  const inEffect = sum(
    (container, status) => status?.resources?.requests ?? status?.allocatedResources ?? instead(container),
  );
  return maxResources(maxResources(infeasible ? {} : sum(wished), inEffect), allocated);
}

/** The containers' limits alone. Upstream: …#AggregateContainerLimits */
export function containerLimits(pod: V1Pod, { useStatus }: PodResourcesOptions = {}): ResourceList {
  const wished = (container: V1Container): ResourceList | undefined => container.resources?.limits;
  if (!useStatus) return aggregate(pod, wished);
  const infeasible = isResizeInfeasible(pod.status.conditions);
  const inEffect = aggregate(
    pod,
    (container, status) => status?.resources?.limits ?? (infeasible ? undefined : wished(container)),
  );
  return infeasible ? inEffect : maxResources(aggregate(pod, wished), inEffect);
}

type Measure = (container: V1Container, status: V1ContainerStatus | undefined) => ResourceList | undefined;

function aggregate({ spec, status }: V1Pod, measure: Measure, nonMissing?: ResourceList): ResourceList {
  const statuses = new Map(
    [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].map((entry) => [
      entry.name,
      entry,
    ]),
  );
  const of = (container: V1Container): ResourceList => ({
    ...nonMissing,
    ...measure(container, statuses.get(container.name)),
  });
  const running: Record<string, string> = {};
  for (const container of spec.containers ?? []) addTo(running, of(container));
  const sidecars: Record<string, string> = {};
  // At least as much as the sidecars take, so that a container can raise only what it asks for itself.
  const starting: Record<string, string> = {};
  for (const container of spec.initContainers ?? []) {
    const own = of(container);
    if (isSidecar(container)) {
      addTo(running, own);
      addTo(sidecars, own);
      raiseTo(starting, selected(sidecars, own));
    } else raiseTo(starting, addResources(own, selected(sidecars, own)));
  }
  return maxResources(running, starting);
}

/** Those of a list that another one names. */
function selected(list: ResourceList, by: ResourceList): ResourceList {
  return Object.fromEntries(
    Object.keys(by)
      .filter((name) => Object.hasOwn(list, name))
      .map((name) => [name, list[name]!]),
  );
}

/** Resources are kept to thousandths. Upstream: pkg/apis/core/v1/defaults.go#SetDefaults_ResourceList */
export function roundResources(resources: Record<string, string> | undefined): void {
  for (const name in resources) resources[name] = roundUpQuantity(resources[name]!, -3);
}

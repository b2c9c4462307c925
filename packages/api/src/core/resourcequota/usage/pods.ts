import type { V1Container, V1Pod, V1PodAffinityTerm } from "../../pod/pod.gen.ts";
import { semanticEqual } from "@dingi/apimachinery";
import { podQos } from "../../pod/qos.ts";
import { isExtendedResource, isNativeResource } from "../../pod/resource-names.ts";
import { hasPodLevelResources, podLimits, podRequests, type ResourceList } from "../../pod/resources.ts";
import type { V1ScopedResourceSelectorRequirement } from "../resourcequota.gen.ts";
import { choosesOneOf, type QuotaEvaluator, type UsageSurroundings } from "./evaluator.ts";

const COUNT = "count/pods";
const REQUESTS = "requests.";
export const IMPLICIT_PREFIX = "deviceclass.resource.kubernetes.io/";
/** What a quota can limit by three names. */
const COMPUTE = ["cpu", "memory", "ephemeral-storage"];
const NAMES: ReadonlySet<string> = new Set([
  COUNT,
  "pods",
  ...COMPUTE.flatMap((name) => [name, `requests.${name}`, `limits.${name}`]),
]);
const HUGE_PAGES = ["hugepages-", "requests.hugepages-"];

/** Where these are limited, each container has to say how much it takes. Upstream: pkg/quota/v1/evaluator/core/pods.go#validationSet */
const TO_BE_SAID: ReadonlySet<string> = new Set(
  ["cpu", "memory"].flatMap((name) => [name, `requests.${name}`, `limits.${name}`]),
);

/** Upstream: pkg/quota/v1/evaluator/core/pods.go#podEvaluator */
export const podUsage: QuotaEvaluator<V1Pod> = {
  resource: { group: "", resource: "pods" },
  matching: (names) =>
    names.filter(
      (name) =>
        NAMES.has(name) || HUGE_PAGES.some((prefix) => name.startsWith(prefix)) || isExtendedResourceRequest(name),
    ),
  isCharged({ operation, subresource, object, oldObject }) {
    if (subresource === "resize") return operation === "UPDATE";
    if (subresource !== "") return false;
    return operation === "CREATE" || (oldObject !== undefined && isTerminating(object) !== isTerminating(oldObject));
  },
  isFreed: (pod, old, { nowMs }) =>
    isTerminating(pod) !== isTerminating(old) ||
    haveResourcesChanged(pod, old) ||
    (isRunning(old, nowMs) && !isRunning(pod, nowMs)),
  missing,
  isInScope,
  usage(pod, { nowMs }: UsageSurroundings) {
    if (!isRunning(pod, nowMs)) return { [COUNT]: "1" };
    const options = { useStatus: true };
    return { [COUNT]: "1", ...computeUsage(podRequests(pod, options), podLimits(pod, options)) };
  },
  changesAtMs: expiresAtMs,
};

/** A quota names an extended resource by its requests, as there is no more than what is requested. */
export function isExtendedResourceRequest(name: string): boolean {
  return name.startsWith(REQUESTS) && (!isNativeResource(name) || name.startsWith(REQUESTS + IMPLICIT_PREFIX));
}

/** Upstream: …#podComputeUsageHelper */
function computeUsage(requests: ResourceList = {}, limits: ResourceList = {}): ResourceList {
  const usage: Record<string, string> = { pods: "1" };
  for (const name of COMPUTE) {
    const [request, limit] = [requests[name], limits[name]];
    if (request !== undefined) usage[name] = usage[`requests.${name}`] = request;
    if (limit !== undefined) usage[`limits.${name}`] = limit;
  }
  for (const name in requests) Object.assign(usage, ofSpecial(name, requests[name]!));
  return usage;
}

/** Huge pages go by two names, extended resources by one. */
function ofSpecial(name: string, request: string): ResourceList {
  if (name.startsWith("hugepages-")) return { [name]: request, [REQUESTS + name]: request };
  return isExtendedResource(name) || name.startsWith(IMPLICIT_PREFIX) ? { [REQUESTS + name]: request } : {};
}

/** Upstream: …#Constraints */
function missing(required: readonly string[], { spec }: V1Pod): string | undefined {
  if (hasPodLevelResources(spec)) return undefined;
  const containers = [...spec.containers, ...(spec.initContainers ?? [])];
  const lacking = required
    .filter((name) => TO_BE_SAID.has(name))
    .sort()
    .flatMap((name) => {
      const without = containers.filter((container) => !says(container, name));
      const names = [...new Set(without.map((container) => container.name))].sort();
      return names.length > 0 ? [`${name} for: ${names.join(",")}`] : [];
    });
  return lacking.length > 0 ? `must specify ${lacking.join("; ")}` : undefined;
}

const says = ({ resources }: V1Container, name: string): boolean =>
  Object.hasOwn(computeUsage(resources?.requests, resources?.limits), name);

function isInScope(scope: V1ScopedResourceSelectorRequirement, pod: V1Pod): boolean {
  switch (scope.scopeName) {
    case "Terminating":
      return isTerminating(pod);
    case "NotTerminating":
      return !isTerminating(pod);
    case "BestEffort":
      return podQos(pod) === "BestEffort";
    case "NotBestEffort":
      return podQos(pod) !== "BestEffort";
    case "PriorityClass":
      return choosesOneOf(scope, pod.spec.priorityClassName ? [pod.spec.priorityClassName] : []);
    case "CrossNamespacePodAffinity":
      return affinityTerms(pod).some(({ namespaces, namespaceSelector }) => namespaces?.length || namespaceSelector);
    default:
      return false;
  }
}

const isTerminating = ({ spec }: V1Pod): boolean => Number(spec.activeDeadlineSeconds ?? -1) >= 0;

function affinityTerms({ spec: { affinity } }: V1Pod): V1PodAffinityTerm[] {
  return [affinity?.podAffinity, affinity?.podAntiAffinity].flatMap((one) => [
    ...(one?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(one?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ podAffinityTerm }) => podAffinityTerm),
  ]);
}

/** What has ended uses nothing, nor what should have been gone long ago: its node may be lost. Upstream: …#QuotaV1Pod */
function isRunning(pod: V1Pod, nowMs: number): boolean {
  const { phase } = pod.status ?? {};
  if (phase === "Failed" || phase === "Succeeded") return false;
  const endMs = expiresAtMs(pod);
  return endMs === undefined || nowMs <= endMs;
}

/** A pod that is being deleted counts for its grace period once more. */
function expiresAtMs({ metadata }: V1Pod): number | undefined {
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata;
  if (deletionTimestamp === undefined || deletionGracePeriodSeconds === undefined) return undefined;
  return Date.parse(deletionTimestamp) + Number(deletionGracePeriodSeconds) * 1000;
}

/** Upstream: pkg/quota/v1/install/update_filter.go#hasResourcesChanged */
function haveResourcesChanged({ status: now }: V1Pod, { status: before }: V1Pod): boolean {
  return (["containerStatuses", "initContainerStatuses"] as const).some((list) =>
    (before[list] ?? []).some((old) => {
      const found = now[list]?.find(({ name }) => name === old.name);
      return found !== undefined && !semanticEqual(old.resources ?? {}, found.resources ?? {});
    }),
  );
}

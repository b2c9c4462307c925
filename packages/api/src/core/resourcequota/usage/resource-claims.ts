import { compareQuantity, subQuantity, type KubeObject } from "@dingi/apimachinery";
import type { V1DeviceRequest, ResourceV1ResourceClaim } from "../../../resource/resourceclaim/resourceclaim.gen.ts";
import type { V1Pod } from "../../pod/pod.gen.ts";
import type { ResourceList } from "../../pod/resources.ts";
import type { QuotaEvaluator, UsageSurroundings } from "./evaluator.ts";
import { IMPLICIT_PREFIX, isExtendedResourceRequest, podUsage } from "./pods.ts";

const COUNT = "count/resourceclaims.resource.k8s.io";
const OF_CLASS = ".deviceclass.resource.k8s.io/devices";
const IMPLICIT = `requests.${IMPLICIT_PREFIX}`;
/** As many as one claim can be given at most. Upstream: api/resource/v1/types.go#AllocationResultsMaxSize */
const MOST_DEVICES = 32;
/** On claims that the scheduler makes for pods that ask for extended resources. */
const EXTENDED_CLAIM = "resource.kubernetes.io/extended-resource-claim";

/** Upstream: pkg/quota/v1/evaluator/core/resource_claims.go#claimEvaluator */
export const resourceClaimUsage: QuotaEvaluator<ResourceV1ResourceClaim> = {
  resource: { group: "resource.k8s.io", resource: "resourceclaims" },
  matching: (names, surroundings) =>
    names.filter((name) => name === COUNT || name.endsWith(OF_CLASS) || isExtended(name, surroundings)),
  isCharged: ({ subresource }) => subresource === "",
  isFreed: () => false,
  usage(claim, surroundings) {
    const devices = devicesByClass(claim);
    const named = [...devices].map(([name, count]) => [name + OF_CLASS, String(count)]);
    const extended = extendedUsage(devices, countedForPod(claim, surroundings), surroundings);
    return { [COUNT]: "1", ...Object.fromEntries(named), ...extended };
  },
};

function isExtended(name: string, surroundings: UsageSurroundings): boolean {
  if (name.startsWith(IMPLICIT)) return surroundings.extendedResourceOf(name.slice(IMPLICIT.length)) !== undefined;
  return isExtendedResourceRequest(name) && surroundings.isOfDeviceClass(name.slice("requests.".length));
}

/** The most that can be allocated of each class. */
function devicesByClass({ spec }: ResourceV1ResourceClaim): Map<string, number> {
  const total = new Map<string, number>();
  for (const request of spec.devices?.requests ?? [])
    for (const [name, count] of mostOf(request)) total.set(name, (total.get(name) ?? 0) + count);
  return total;
}

function mostOf({ exactly, firstAvailable = [] }: V1DeviceRequest): Map<string, number> {
  const most = new Map<string, number>();
  for (const { deviceClassName, ...one } of firstAvailable.length > 0 ? firstAvailable : exactly ? [exactly] : [])
    most.set(deviceClassName, Math.max(most.get(deviceClassName) ?? 0, countOf(one)));
  return most;
}

/** Of a mode that is not known nothing is counted. */
function countOf({
  allocationMode,
  count,
}: {
  readonly allocationMode?: string | undefined;
  readonly count?: unknown;
}) {
  if (allocationMode === "All") return MOST_DEVICES;
  return allocationMode === "ExactCount" ? Number(count ?? 0) : 0;
}

/** The same by the names of extended resources, but for what the pod's own usage has in it. */
function extendedUsage(
  devices: ReadonlyMap<string, number>,
  ofPod: ResourceList,
  { extendedResourceOf }: UsageSurroundings,
): ResourceList {
  const usage: Record<string, string> = {};
  for (const [deviceClass, count] of devices) {
    if (deviceClass === "") continue;
    const resource = extendedResourceOf(deviceClass);
    const names = [IMPLICIT + deviceClass, ...(resource === undefined ? [] : [`requests.${resource}`])];
    for (const name of names) usage[name] = subQuantity(String(count), ofPod[name] ?? "0");
  }
  return Object.fromEntries(Object.entries(usage).filter(([, quantity]) => compareQuantity(quantity, "0") > 0));
}

/** What the pod, for which the scheduler made the claim, uses already. Upstream: …#getVerifiedPodUsage */
function countedForPod(claim: ResourceV1ResourceClaim, surroundings: UsageSurroundings): ResourceList {
  const { namespace = "", name } = claim.metadata;
  const owner = extendedClaimOwner(claim);
  const pod = owner && (surroundings.pod(namespace, owner.name) as V1Pod | undefined);
  if (!pod || owner.uid !== pod.metadata.uid) return {};
  const own = pod.status?.extendedResourceClaimStatus;
  const isItsOwn = own ? own.resourceClaimName === name : isFirst(claim, owner.uid, surroundings);
  return isItsOwn ? podUsage.usage(pod, surroundings) : {};
}

function extendedClaimOwner({ metadata }: KubeObject): { readonly name: string; readonly uid: string } | undefined {
  if (metadata.annotations?.[EXTENDED_CLAIM] !== "true") return undefined;
  const owner = metadata.ownerReferences?.find(({ controller }) => controller);
  return owner?.kind === "Pod" && owner.apiVersion === "v1" ? owner : undefined;
}

/** A pod that does not say which claim is its own has the oldest. */
function isFirst(claim: ResourceV1ResourceClaim, podUid: string, { claims }: UsageSurroundings): boolean {
  const { namespace = "", name = "" } = claim.metadata;
  const age = ({ metadata }: KubeObject): number => Date.parse(metadata.creationTimestamp ?? "");
  for (const other of claims(namespace)) {
    if (extendedClaimOwner(other)?.uid !== podUid) continue;
    if (age(other) < age(claim) || (age(other) === age(claim) && (other.metadata.name ?? "") < name)) return false;
  }
  return true;
}

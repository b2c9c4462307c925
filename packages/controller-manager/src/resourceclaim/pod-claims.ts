import { isPodPhaseTerminal, type ResourceV1ResourceClaim, type V1Pod, type V1PodResourceClaim } from "@dingi/api";
import { controllerOf } from "../claim.ts";

/** Says for which of a pod's claims one was made. Upstream: api/resource/v1/types.go#PodResourceClaimAnnotation */
export const CLAIM_ANNOTATION = "resource.kubernetes.io/pod-claim-name";
/** Keeps a claim as long as devices are given to it. Upstream: …#Finalizer */
export const FINALIZER = "resource.kubernetes.io/delete-protection";
/** Upstream: …#ResourceClaimReservedForMaxSize */
const MAX_RESERVED = 256;
/** Room for a hyphen and what the API server puts behind. */
const MAX_BASE = 57;

/** Which claim one of a pod's is: its name, that there is none yet, or that none is needed. Upstream: dynamic-resource-allocation/resourceclaim#Name */
type ClaimName = { readonly name: string; readonly isMade: boolean } | "missing" | "not needed";

export function claimNameOf({ status }: V1Pod, claim: V1PodResourceClaim): ClaimName {
  if (claim.resourceClaimName !== undefined) return { name: claim.resourceClaimName, isMade: false };
  if (claim.resourceClaimTemplateName === undefined) return "not needed";
  const made = (status.resourceClaimStatuses ?? []).find(({ name }) => name === claim.name);
  if (!made) return "missing";
  return made.resourceClaimName === undefined ? "not needed" : { name: made.resourceClaimName, isMade: true };
}

export function isMadeFor({ metadata }: V1Pod, claim: ResourceV1ResourceClaim): boolean {
  return claim.metadata.namespace === metadata.namespace && controllerOf(claim)?.uid === metadata.uid;
}

export function canReserve({ metadata }: V1Pod, { status }: ResourceV1ResourceClaim): boolean {
  const reserved = status.reservedFor ?? [];
  const isReserved = reserved.some(({ uid }) => uid === metadata.uid);
  return status.allocation !== undefined && !isReserved && reserved.length < MAX_RESERVED;
}

/** It will not run any more, or never. */
export function isPodDone({ metadata, spec, status }: V1Pod): boolean {
  return isPodPhaseTerminal(status.phase) || (metadata.deletionTimestamp !== undefined && !spec.nodeName);
}

/** "web-gpu-"; of two long names a part of each. Upstream: pkg/controller/resourceclaim/controller.go#handleClaim */
export function generateNameFor(pod: string, claim: string): string {
  const whole = `${pod}-${claim}-`;
  if (whole.length <= MAX_BASE) return whole;
  const share = (name: string) => name.slice(0, Math.floor((name.length * MAX_BASE) / whole.length));
  return `${share(pod)}-${share(claim)}`;
}

/** Those that the pod uses, as "namespace/name". */
export function claimKeysOf(pod: V1Pod): string[] {
  const { metadata, spec, status } = pod;
  const names = (spec.resourceClaims ?? []).map((claim) => claimNameOf(pod, claim));
  const known = names.flatMap((name) => (typeof name === "string" ? [] : [name.name]));
  // Made by the scheduler for what are resources of containers.
  const extended = status.extendedResourceClaimStatus?.resourceClaimName;
  return [...known, ...(extended === undefined ? [] : [extended])].map((name) => `${metadata.namespace}/${name}`);
}

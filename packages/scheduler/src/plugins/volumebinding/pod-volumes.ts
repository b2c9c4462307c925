import {
  askedOf,
  findMatchingVolume,
  isFullyBound,
  isReachableOn,
  NO_PROVISIONER,
  SELECTED_NODE,
  storageClassOf,
  type V1Node,
  type V1PersistentVolume,
  type V1PersistentVolumeClaim,
  type V1StorageClass,
} from "@dingi/api";
import { compareQuantity } from "@dingi/apimachinery";
import type { HasCapacity } from "./storage-capacity.ts";

/** A pod's claims by what is still to be done for them. */
export interface SortedClaims {
  readonly bound: readonly V1PersistentVolumeClaim[];
  /** To be bound where the pod goes. */
  readonly delayed: readonly V1PersistentVolumeClaim[];
  /** To be bound by the controller, wherever the pod goes. */
  readonly immediate: readonly V1PersistentVolumeClaim[];
}

interface Binding {
  readonly claim: V1PersistentVolumeClaim;
  readonly volume: V1PersistentVolume;
}

/** What has to be done for a pod's claims if it goes to a node. */
export interface PodVolumes {
  readonly bindings: readonly Binding[];
  readonly provisions: readonly V1PersistentVolumeClaim[];
}

export interface VolumeWorld {
  volume(name: string): V1PersistentVolume | undefined;
  /** Those kept for the claim, and those of its class that nobody has. */
  candidates(claim: V1PersistentVolumeClaim): readonly V1PersistentVolume[];
  storageClass(name: string): V1StorageClass | undefined;
  readonly hasCapacity: HasCapacity;
}

export const NODE_CONFLICT = "node(s) didn't match PersistentVolume's node affinity";
export const BIND_CONFLICT = "node(s) didn't find available persistent volumes to bind";
export const NOT_ENOUGH_SPACE = "node(s) did not have enough free storage";
export const NO_VOLUME = "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)";

/** Upstream: pkg/scheduler/framework/plugins/volumebinding/binder.go#GetPodVolumeClaims */
export function sortClaims(
  claims: readonly V1PersistentVolumeClaim[],
  storageClass: VolumeWorld["storageClass"],
): SortedClaims {
  const isDelayed = (claim: V1PersistentVolumeClaim) =>
    !claim.spec.volumeName && storageClass(storageClassOf(claim))?.volumeBindingMode === "WaitForFirstConsumer";
  const unbound = claims.filter((claim) => !isFullyBound(claim));
  return {
    bound: claims.filter(isFullyBound),
    delayed: unbound.filter(isDelayed),
    immediate: unbound.filter((claim) => !isDelayed(claim)),
  };
}

/** What a node needs for the claims, or why it cannot serve them. Upstream: …/binder.go#FindPodVolumes */
export function findPodVolumes(
  { bound, delayed }: SortedClaims,
  node: V1Node,
  world: VolumeWorld,
): PodVolumes | { readonly reasons: readonly string[] } {
  const reasons = boundReasons(bound, node, world);
  const found = findForDelayed(delayed, node, world);
  if (typeof found === "string") reasons.push(found);
  if (reasons.length > 0) return { reasons: reasons.sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b)) };
  return found as PodVolumes;
}

/** In which upstream tells them. */
const ORDER = [NODE_CONFLICT, BIND_CONFLICT, NOT_ENOUGH_SPACE, NO_VOLUME];

/** Only the first claim that does not suit counts. */
function boundReasons(claims: readonly V1PersistentVolumeClaim[], node: V1Node, world: VolumeWorld): string[] {
  for (const { spec } of claims) {
    const volume = world.volume(spec.volumeName!);
    if (!volume) return [NO_VOLUME];
    if (!isReachableOn(volume, node)) return [NODE_CONFLICT];
  }
  return [];
}

function findForDelayed(
  claims: readonly V1PersistentVolumeClaim[],
  node: V1Node,
  world: VolumeWorld,
): PodVolumes | string {
  const selected = (claim: V1PersistentVolumeClaim) => claim.metadata.annotations?.[SELECTED_NODE];
  if (claims.some((claim) => selected(claim) !== undefined && selected(claim) !== node.metadata.name))
    return BIND_CONFLICT;
  const bindings: Binding[] = [];
  const provisions = claims.filter((claim) => selected(claim) !== undefined);
  const taken = new Set<string>();
  const free = claims.filter((claim) => selected(claim) === undefined);
  // The smallest claim first, so that it does not take a volume that a larger one needs.
  for (const claim of free.toSorted((a, b) => compareQuantity(askedOf(a), askedOf(b)))) {
    const volume = findMatchingVolume(claim, world.candidates(claim), { node, taken });
    if (volume) {
      taken.add(volume.metadata.name ?? "");
      bindings.push({ claim, volume });
    } else provisions.push(claim);
  }
  for (const claim of provisions) {
    const reason = provisionReason(claim, node, world);
    if (reason !== undefined) return reason;
  }
  return { bindings, provisions };
}

/** Upstream: …/binder.go#checkVolumeProvisions */
function provisionReason(claim: V1PersistentVolumeClaim, node: V1Node, world: VolumeWorld): string | undefined {
  const storageClass = world.storageClass(storageClassOf(claim));
  const provisioner = storageClass?.provisioner ?? "";
  if (!storageClass || provisioner === "" || provisioner === NO_PROVISIONER) return BIND_CONFLICT;
  if (!isAllowed(storageClass, node)) return BIND_CONFLICT;
  return world.hasCapacity(claim, storageClass, node) ? undefined : NOT_ENOUGH_SPACE;
}

/** Upstream: pkg/apis/core/v1/helper/helpers.go#MatchTopologySelectorTerms */
function isAllowed({ allowedTopologies = [] }: V1StorageClass, { metadata: { labels = {} } }: V1Node): boolean {
  if (allowedTopologies.length === 0) return true;
  return allowedTopologies.some(
    ({ matchLabelExpressions = [] }) =>
      matchLabelExpressions.length > 0 &&
      matchLabelExpressions.every(({ key, values }) => values.includes(labels[key]!)),
  );
}

import { compareQuantity, everything, labelSelectorAsSelector, type Selector } from "@dingi/apimachinery";
import type { V1Node } from "../node/node.gen.ts";
import type { V1PersistentVolumeClaim } from "../persistentvolumeclaim/persistentvolumeclaim.gen.ts";
import { hasAccessModes, isReachableOn, isVolumeOf, sameVolumeMode, storageClassOf } from "./binding.ts";
import type { V1PersistentVolume } from "./persistentvolume.gen.ts";

export interface VolumeSearch {
  /** The node from which it has to be reached. */
  readonly node?: V1Node;
  /** Names of volumes that others of the same pod have been given. */
  readonly taken?: ReadonlySet<string>;
  /** Only what is kept for the claim: the scheduler chooses among the rest. */
  readonly keptOnly?: boolean;
}

/**
 * The volume that was kept for a claim, else the smallest that is as large as it asks for.
 * Upstream: component-helpers/storage/volume/pv_helpers.go#FindMatchingVolume
 */
export function findMatchingVolume(
  claim: V1PersistentVolumeClaim,
  volumes: Iterable<V1PersistentVolume>,
  search: VolumeSearch = {},
): V1PersistentVolume | undefined {
  const { node, taken, keptOnly = false } = search;
  const selects = claim.spec.selector ? labelSelectorAsSelector(claim.spec.selector) : everything;
  const isReachable = (volume: V1PersistentVolume) => !node || isReachableOn(volume, node);
  const suitable = [...volumes].filter(
    (volume) => !taken?.has(volume.metadata.name ?? "") && isSuitable(claim, volume),
  );
  const kept = suitable.find((volume) => isVolumeOf(volume, claim));
  if (kept) return isReachable(kept) ? kept : undefined;
  if (keptOnly) return undefined;
  const free = suitable.filter((volume) => isFree(claim, volume, selects) && isReachable(volume));
  return free.reduce<V1PersistentVolume | undefined>(smaller, undefined);
}

function smaller(best: V1PersistentVolume | undefined, volume: V1PersistentVolume): V1PersistentVolume {
  return best && compareQuantity(sizeOf(best), sizeOf(volume)) <= 0 ? best : volume;
}

/** Whether a volume that is nobody's can be the claim's. */
function isFree(claim: V1PersistentVolumeClaim, volume: V1PersistentVolume, selects: Selector): boolean {
  if (volume.status.phase !== "Available" || !selects.matches(volume.metadata.labels ?? {})) return false;
  return storageClassOf(volume) === storageClassOf(claim) && hasAccessModes(claim, volume);
}

/** What even a volume that is kept for the claim must be like. */
function isSuitable(claim: V1PersistentVolumeClaim, volume: V1PersistentVolume): boolean {
  if (volume.spec.claimRef && !isVolumeOf(volume, claim)) return false;
  if (compareQuantity(sizeOf(volume), askedOf(claim)) < 0 || !sameVolumeMode(claim, volume)) return false;
  if ((claim.spec.volumeAttributesClassName ?? "") !== (volume.spec.volumeAttributesClassName ?? "")) return false;
  return volume.metadata.deletionTimestamp === undefined;
}

/** Why a volume that a claim names cannot be its own. Upstream: pkg/controller/volume/persistentvolume/pv_controller.go#checkVolumeSatisfyClaim */
export function volumeMismatch(claim: V1PersistentVolumeClaim, volume: V1PersistentVolume): string | undefined {
  if (volume.metadata.deletionTimestamp !== undefined)
    return `the volume is marked for deletion ${JSON.stringify(volume.metadata.name)}`;
  if (compareQuantity(sizeOf(volume), askedOf(claim)) < 0) return "requested PV is too small";
  if (storageClassOf(volume) !== storageClassOf(claim)) return "storageClassName does not match";
  if ((claim.spec.volumeAttributesClassName ?? "") !== (volume.spec.volumeAttributesClassName ?? ""))
    return "volumeAttributesClassName does not match";
  if (!sameVolumeMode(claim, volume)) return "incompatible volumeMode";
  return hasAccessModes(claim, volume) ? undefined : "incompatible accessMode";
}

export const askedOf = ({ spec }: V1PersistentVolumeClaim): string => spec.resources?.requests?.["storage"] ?? "0";
const sizeOf = ({ spec }: V1PersistentVolume): string => spec.capacity?.["storage"] ?? "0";

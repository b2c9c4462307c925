import {
  BIND_COMPLETED,
  findMatchingVolume,
  hasAccessModes,
  hasStorageClass,
  isVolumeOf,
  SELECTED_NODE,
  storageClassOf,
  volumeMismatch,
  type V1PersistentVolume,
  type V1PersistentVolumeClaim,
  type V1StorageClass,
} from "@dingi/api";

export interface PlannedEvent {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
}

/** What is to become of a claim. */
export type ClaimPlan =
  | { readonly action: "bind"; readonly volume: V1PersistentVolume }
  | { readonly action: "wait"; readonly event?: PlannedEvent }
  /** It named no class, and now there is a default one. */
  | { readonly action: "give class"; readonly name: string }
  /** Somebody else has to make a volume. */
  | { readonly action: "ask provisioner"; readonly name: string }
  /** No volume can be made: only told. */
  | { readonly action: "tell"; readonly event: PlannedEvent }
  | { readonly action: "lose"; readonly event: PlannedEvent };

/** What a claim is looked at beside. */
interface ClaimWorld {
  /** Those kept for the claim, and those of its class that nobody has. */
  readonly candidates: readonly V1PersistentVolume[];
  volume(name: string): V1PersistentVolume | undefined;
  storageClass(name: string): V1StorageClass | undefined;
  readonly defaultClass: string | undefined;
  /** Names of the pods that use the claim and have no node yet. */
  readonly waitingPods: readonly string[];
}

/** Of provisioners that were once part of the controller manager; there are none of them here. */
const IN_TREE = "kubernetes.io/";

const warning = (reason: string, message: string): PlannedEvent => ({ type: "Warning", reason, message });
const normal = (reason: string, message: string): PlannedEvent => ({ type: "Normal", reason, message });
const quoted = (name: string | undefined): string => JSON.stringify(name ?? "");

/** Upstream: pkg/controller/volume/persistentvolume/pv_controller.go#syncClaim */
export function planClaim(claim: V1PersistentVolumeClaim, world: ClaimWorld): ClaimPlan {
  const isBound = claim.metadata.annotations?.[BIND_COMPLETED] !== undefined;
  if (isBound) return planBound(claim, world);
  return claim.spec.volumeName ? planNamed(claim, world) : planFree(claim, world);
}

function planBound(claim: V1PersistentVolumeClaim, world: ClaimWorld): ClaimPlan {
  const lose = (reason: string, message: string): ClaimPlan => ({ action: "lose", event: warning(reason, message) });
  const { volumeName } = claim.spec;
  if (!volumeName)
    return lose("ClaimLost", "Bound claim has lost reference to PersistentVolume. Data on the volume is lost!");
  const volume = world.volume(volumeName);
  if (!volume) return lose("ClaimLost", "Bound claim has lost its PersistentVolume. Data on the volume is lost!");
  const { claimRef } = volume.spec;
  if (!claimRef || claimRef.uid === claim.metadata.uid) return { action: "bind", volume };
  return lose("ClaimMisbound", "Two claims are bound to the same volume, this one is bound incorrectly");
}

/** The user, or this controller in a binding that was cut short, named a volume. */
function planNamed(claim: V1PersistentVolumeClaim, world: ClaimWorld): ClaimPlan {
  const volume = world.volume(claim.spec.volumeName!);
  if (!volume) return { action: "wait" };
  if (isVolumeOf(volume, claim)) return { action: "bind", volume };
  if (volume.spec.claimRef) {
    const message = `volume ${quoted(volume.metadata.name)} already bound to a different claim.`;
    return { action: "wait", event: warning("FailedBinding", message) };
  }
  const mismatch = volumeMismatch(claim, volume);
  if (mismatch === undefined) return { action: "bind", volume };
  const message = `Cannot bind to requested volume ${quoted(volume.metadata.name)}: ${mismatch}`;
  return { action: "wait", event: warning("VolumeMismatch", message) };
}

function planFree(claim: V1PersistentVolumeClaim, world: ClaimWorld): ClaimPlan {
  const className = storageClassOf(claim);
  const storageClass = className === "" ? undefined : world.storageClass(className);
  const isDelayed = storageClass?.volumeBindingMode === "WaitForFirstConsumer";
  const volume = bestMatch(claim, world.candidates, isDelayed);
  if (volume) return { action: "bind", volume };
  if (!hasStorageClass(claim) && world.defaultClass !== undefined)
    return { action: "give class", name: world.defaultClass };
  if (isDelayed && claim.metadata.annotations?.[SELECTED_NODE] === undefined)
    return { action: "wait", event: waitsForPods(world.waitingPods) };
  if (className !== "") return planProvisioning(className, storageClass);
  const message = "no persistent volumes available for this claim and no storage class is set";
  return { action: "wait", event: normal("FailedBinding", message) };
}

/** Those with the fewest access modes first: the others are kept for who needs them. Upstream: …/index.go#findByClaim */
function bestMatch(
  claim: V1PersistentVolumeClaim,
  candidates: readonly V1PersistentVolume[],
  keptOnly: boolean,
): V1PersistentVolume | undefined {
  const groups = new Map<number, V1PersistentVolume[]>();
  for (const volume of candidates) {
    if (!hasAccessModes(claim, volume)) continue;
    const count = volume.spec.accessModes?.length ?? 0;
    groups.set(count, [...(groups.get(count) ?? []), volume]);
  }
  for (const [, volumes] of [...groups].sort(([a], [b]) => a - b)) {
    const found = findMatchingVolume(claim, volumes, { keptOnly });
    if (found) return found;
  }
  return undefined;
}

function waitsForPods(pods: readonly string[]): PlannedEvent {
  if (pods.length === 0)
    return normal("WaitForFirstConsumer", "waiting for first consumer to be created before binding");
  const what = pods.length === 1 ? `pod ${pods[0]}` : `pods ${pods.join(",")}`;
  return normal("WaitForPodScheduled", `waiting for ${what} to be scheduled`);
}

/** Upstream: …/pv_controller.go#findProvisionablePlugin: no volume is made in this process. */
function planProvisioning(name: string, storageClass: V1StorageClass | undefined): ClaimPlan {
  const fail = (message: string): ClaimPlan => ({ action: "tell", event: warning("ProvisioningFailed", message) });
  if (!storageClass) return fail(`storageclass.storage.k8s.io ${quoted(name)} not found`);
  const { provisioner } = storageClass;
  if (provisioner.startsWith(IN_TREE)) return fail(`no volume plugin matched name: ${provisioner}`);
  return { action: "ask provisioner", name: provisioner };
}

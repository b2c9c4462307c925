import {
  BOUND_BY_CONTROLLER,
  PROVISIONED_BY,
  sameVolumeMode,
  type V1PersistentVolume,
  type V1PersistentVolumeClaim,
} from "@dingi/api";
import type { PlannedEvent } from "./plan-claim.ts";

/** What is to become of a volume. */
type VolumePlan =
  | { readonly action: "set phase"; readonly phase: "Available" | "Bound" }
  /** Its claim is gone, or got another volume: what its policy says is done. */
  | { readonly action: "release" }
  /** Its claim got another volume: it is free again, or kept for the claim's name only. */
  | { readonly action: "unbind" }
  /** The claim's turn is next. */
  | { readonly action: "leave to claim" }
  | { readonly action: "tell mismatch" };

/**
 * What a volume is to become.
 * @param claim The claim that it is bound to by name and uid; undefined when that is gone.
 * Upstream: pkg/controller/volume/persistentvolume/pv_controller.go#syncVolume
 */
export function planVolume(volume: V1PersistentVolume, claim: V1PersistentVolumeClaim | undefined): VolumePlan {
  if (!volume.spec.claimRef?.uid) return { action: "set phase", phase: "Available" };
  if (!claim) return { action: "release" };
  if (claim.spec.volumeName === volume.metadata.name) return { action: "set phase", phase: "Bound" };
  if (!claim.spec.volumeName)
    return sameVolumeMode(claim, volume) ? { action: "leave to claim" } : { action: "tell mismatch" };
  const isMadeForIt = volume.metadata.annotations?.[PROVISIONED_BY] !== undefined;
  return isMadeForIt && volume.spec.persistentVolumeReclaimPolicy === "Delete"
    ? { action: "release" }
    : { action: "unbind" };
}

/** The volume that its claim did not take: free if this controller bound it, else kept for the claim's name. Upstream: …#unbindVolume */
export function unbound(volume: V1PersistentVolume): V1PersistentVolume {
  const { [BOUND_BY_CONTROLLER]: byController, ...annotations } = volume.metadata.annotations ?? {};
  if (byController === undefined) {
    const { uid: _uid, ...claimRef } = volume.spec.claimRef!;
    return { ...volume, spec: { ...volume.spec, claimRef } };
  }
  const { claimRef: _claimRef, ...spec } = volume.spec;
  return { ...volume, metadata: { ...volume.metadata, annotations }, spec };
}

/** That a volume's policy cannot be followed: it fails, with this. */
type ReclaimFailure = Pick<PlannedEvent, "reason" | "message">;

/**
 * Why a released volume cannot be reclaimed; undefined when it is kept, or is somebody else's to delete.
 * Differs: nothing is recycled, nor deleted from the disk of the controller manager. Upstream: …#reclaimVolume, #findDeletablePlugin
 */
export function reclaimFailure(volume: V1PersistentVolume): ReclaimFailure | undefined {
  switch (volume.spec.persistentVolumeReclaimPolicy) {
    case "Retain":
      return undefined;
    case "Recycle":
      return { reason: "VolumeFailedRecycle", message: "No recycler plugin found for the volume!" };
    case "Delete":
      return deletionFailure(volume);
    default:
      return {
        reason: "VolumeUnknownReclaimPolicy",
        message: "Volume has unrecognized PersistentVolumeReclaimPolicy",
      };
  }
}

function deletionFailure({ metadata, spec }: V1PersistentVolume): ReclaimFailure | undefined {
  const provisioner = metadata.annotations?.[PROVISIONED_BY] ?? "";
  if (spec.csi || (provisioner !== "" && !provisioner.startsWith("kubernetes.io/"))) return undefined;
  const message =
    provisioner === "" ? noDeleter(metadata.name ?? "", spec) : `no volume plugin matched name: ${provisioner}`;
  return { reason: "VolumeFailedDelete", message };
}

/** Why a volume that somebody made by hand is not deleted. */
function noDeleter(name: string, { hostPath, nfs }: V1PersistentVolume["spec"]): string {
  if (hostPath && !hostPath.path.startsWith("/tmp/"))
    return `host_path deleter only supports /tmp/.+ but received provided ${hostPath.path}`;
  const why = nfs || hostPath ? "no deletable volume plugin matched" : "no volume plugin matched";
  return `error getting deleter volume plugin for volume ${JSON.stringify(name)}: ${why}`;
}

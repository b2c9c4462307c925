import {
  foreignClaim,
  isReachableOn,
  type PodClaim,
  type V1Node,
  type V1PersistentVolume,
  type V1PersistentVolumeClaim,
  type V1Pod,
} from "@dingi/api";
import { describeError } from "@dingi/base";
import { UnprocessedVolumeError, VolumeError } from "./volume-sources.ts";

/** Where claims and what they are bound to come from. Lookups throw what the API server or the network throws. */
export interface ClaimSources {
  claim(namespace: string, name: string): Promise<V1PersistentVolumeClaim>;
  volume(name: string): Promise<V1PersistentVolume>;
  /** This node as it was last seen. */
  node(): V1Node | undefined;
}

const PROTECTION = "kubernetes.io/pvc-protection";

/**
 * The volume that a pod's claim is bound to. Both are read anew each time: nothing is mounted by an old tale.
 * Upstream: pkg/kubelet/volumemanager/populator/desired_state_of_world_populator.go#createVolumeSpec
 */
export async function claimedVolume(pod: V1Pod, wanted: PodClaim, sources: ClaimSources): Promise<V1PersistentVolume> {
  const { volume, claimName, isEphemeral } = wanted;
  const { namespace = "" } = pod.metadata;
  const processed = async <T>(work: Promise<T>): Promise<T> =>
    await work.catch((error: unknown) => {
      const why = `error processing PVC ${namespace}/${claimName}: ${describeError(error)}`;
      throw new UnprocessedVolumeError(volume.name, why);
    });
  const claim = await processed(fetchClaim(namespace, claimName, sources));
  const foreign = isEphemeral ? foreignClaim(pod, claim) : undefined;
  if (foreign !== undefined) throw new UnprocessedVolumeError(volume.name, foreign);
  const found = await processed(fetchVolume(claim, sources));
  const misuse = misuseOf(pod, volume.name, found);
  if (misuse !== undefined) throw new UnprocessedVolumeError(volume.name, misuse);
  return found;
}

async function fetchClaim(namespace: string, name: string, sources: ClaimSources): Promise<V1PersistentVolumeClaim> {
  const claim = await sources.claim(namespace, name).catch((error: unknown) => {
    throw new VolumeError(`failed to fetch PVC from API server: ${describeError(error)}`);
  });
  const { deletionTimestamp, finalizers } = claim.metadata;
  if (deletionTimestamp !== undefined && !finalizers?.includes(PROTECTION))
    throw new VolumeError("PVC is being deleted");
  if (claim.status.phase !== "Bound") throw new VolumeError("PVC is not bound");
  if (!claim.spec.volumeName) throw new VolumeError("PVC has empty pvc.Spec.VolumeName");
  return claim;
}

async function fetchVolume(claim: V1PersistentVolumeClaim, sources: ClaimSources): Promise<V1PersistentVolume> {
  const name = claim.spec.volumeName!;
  const volume = await sources.volume(name).catch((error: unknown) => {
    throw new VolumeError(`failed to fetch PV ${name} from API server: ${describeError(error)}`);
  });
  const found = `found PV object ${name} but`;
  const { claimRef } = volume.spec;
  if (!claimRef)
    throw new VolumeError(`${found} it has a nil pv.Spec.ClaimRef indicating it is not yet bound to the claim`);
  if (claimRef.uid !== claim.metadata.uid)
    throw new VolumeError(
      `${found} its pv.Spec.ClaimRef.UID ${claimRef.uid ?? ""} does not point to claim.UID ${claim.metadata.uid}`,
    );
  return volume;
}

/** Containers mount a file system, and are given a block device. */
function misuseOf({ spec }: V1Pod, name: string, volume: V1PersistentVolume): string | undefined {
  const mode = volume.spec.volumeMode ?? "Filesystem";
  const containers = [...(spec.initContainers ?? []), ...spec.containers];
  const isIn = (uses: readonly { readonly name: string }[] | undefined) => uses?.some((use) => use.name === name);
  const misuse = (field: string) => `volume ${name} has volumeMode ${mode}, but is specified in ${field}`;
  if (mode !== "Filesystem" && containers.some(({ volumeMounts }) => isIn(volumeMounts))) return misuse("volumeMounts");
  if (mode !== "Block" && containers.some(({ volumeDevices }) => isIn(volumeDevices))) return misuse("volumeDevices");
  return undefined;
}

/** Upstream: pkg/volume/util/operationexecutor/operation_generator.go#checkNodeAffinity */
export function checkReachable(volume: V1PersistentVolume, node: V1Node | undefined): void {
  if (node && !isReachableOn(volume, node)) throw new VolumeError("no matching NodeSelectorTerms");
}

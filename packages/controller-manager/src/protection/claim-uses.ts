import { foreignClaim, isPodPhaseTerminal, podClaims, type V1PersistentVolumeClaim, type V1Pod } from "@dingi/api";

/**
 * Whether a pod keeps a claim from being deleted: one that has a node, until the API server has forgotten it; with an
 * ephemeral claim, until it is shut down.
 * Upstream: pkg/controller/volume/pvcprotection/pvc_protection_controller.go#podUsesPVCForDeletion
 */
export function keepsClaim(pod: V1Pod, claim: V1PersistentVolumeClaim): boolean {
  if (!pod.spec.nodeName) return false;
  return usesOf(pod, claim).some(({ isEphemeral }) => !isEphemeral || !isShutDown(pod));
}

/** Whether a pod that may yet run names a claim. Upstream: …#podUsesPVCForUnusedSince */
export function usesClaim(pod: V1Pod, claim: V1PersistentVolumeClaim): boolean {
  return !isTerminated(pod) && usesOf(pod, claim).length > 0;
}

function usesOf(pod: V1Pod, claim: V1PersistentVolumeClaim) {
  return podClaims(pod).filter(
    ({ claimName, isEphemeral }) =>
      claimName === claim.metadata.name && (!isEphemeral || foreignClaim(pod, claim) === undefined),
  );
}

const isShutDown = ({ metadata }: V1Pod): boolean =>
  metadata.deletionTimestamp !== undefined && Number(metadata.deletionGracePeriodSeconds) === 0;

/** Upstream: pkg/volume/util/util.go#IsPodTerminated */
function isTerminated({ metadata, status }: V1Pod): boolean {
  if (isPodPhaseTerminal(status.phase)) return true;
  const all = [status.initContainerStatuses, status.containerStatuses, status.ephemeralContainerStatuses];
  const runs = all.flatMap((list) => list ?? []).some(({ state }) => !state?.terminated && !state?.waiting);
  return metadata.deletionTimestamp !== undefined && !runs;
}

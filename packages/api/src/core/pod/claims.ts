import type { KubeObject, V1OwnerReference } from "@dingi/apimachinery";
import type { V1Pod, V1Volume } from "./pod.gen.ts";

/** A volume of a pod whose data is another object's. */
export interface PodClaim {
  readonly volume: V1Volume;
  readonly claimName: string;
  /** The claim is made for the pod, and goes with it. */
  readonly isEphemeral: boolean;
}

/** The claim that a volume is of; undefined for other volumes. Upstream: component-helpers/storage/ephemeral/ephemeral.go#VolumeClaimName */
export function podClaimOf({ metadata }: V1Pod, volume: V1Volume): PodClaim | undefined {
  if (volume.persistentVolumeClaim)
    return { volume, claimName: volume.persistentVolumeClaim.claimName, isEphemeral: false };
  return volume.ephemeral ? { volume, claimName: `${metadata.name}-${volume.name}`, isEphemeral: true } : undefined;
}

export function podClaims(pod: V1Pod): PodClaim[] {
  return (pod.spec.volumes ?? []).flatMap((volume) => podClaimOf(pod, volume) ?? []);
}

/** "ns/name" of every claim that a pod names: by this, pods are indexed. */
export function podClaimKeys(pod: V1Pod): string[] {
  return podClaims(pod).map(({ claimName }) => `${pod.metadata.namespace}/${claimName}`);
}

/** Why an ephemeral volume's claim is another's; undefined when it was made for the pod. Upstream: …/ephemeral.go#VolumeIsForPod */
export function foreignClaim(pod: V1Pod, claim: KubeObject): string | undefined {
  const isOwner = ({ controller, uid }: V1OwnerReference) => controller === true && uid === pod.metadata.uid;
  if (claim.metadata.namespace === pod.metadata.namespace && claim.metadata.ownerReferences?.some(isOwner))
    return undefined;
  const { namespace, name } = pod.metadata;
  return `PVC ${claim.metadata.namespace}/${claim.metadata.name} was not created for pod ${namespace}/${name} (pod is not owner)`;
}

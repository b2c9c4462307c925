import { Pod, StatefulSet, type V1PersistentVolumeClaim, type V1Pod, type V1StatefulSet } from "@dingi/api";
import type { KubeObject, V1OwnerReference } from "@dingi/apimachinery";
import { controllerReference } from "../claim.ts";
import { isWanted } from "./identity.ts";

type Kind = Parameters<typeof controllerReference>[0];

export interface ClaimUse {
  readonly set: V1StatefulSet;
  /** Whose claim it is. */
  readonly pod: V1Pod;
  readonly ordinal: number;
}

/** What the set's retention policy says about when its claims go. */
export function retentionOf({ spec }: V1StatefulSet): { readonly withSet: boolean; readonly withScale: boolean } {
  const { whenDeleted, whenScaled } = spec.persistentVolumeClaimRetentionPolicy ?? {};
  return { withSet: whenDeleted === "Delete", withScale: whenScaled === "Delete" };
}

const isTo = (reference: V1OwnerReference, kind: Kind, { metadata }: KubeObject): boolean =>
  reference.kind === kind.kind && reference.apiVersion === kind.apiVersion && reference.name === metadata.name;

/** It names what was called so before: the garbage collector's business. Upstream: pkg/controller/statefulset/stateful_set_utils.go#hasStaleOwnerRef */
export function hasStaleOwner(claim: V1PersistentVolumeClaim, kind: Kind, owner: KubeObject): boolean {
  const first = (claim.metadata.ownerReferences ?? []).find((reference) => isTo(reference, kind, owner));
  return first !== undefined && first.uid !== owner.metadata.uid;
}

/** Somebody else manages it, so the retention policy does not hold for it. Upstream: …#hasUnexpectedController */
export function isManagedByAnother(claim: V1PersistentVolumeClaim, { set, pod }: ClaimUse): boolean {
  const { withSet, withScale } = retentionOf(set);
  if (!withSet && !withScale) return false;
  return (claim.metadata.ownerReferences ?? []).some((reference) => {
    if (isTo(reference, StatefulSet, set)) return reference.uid !== set.metadata.uid;
    if (isTo(reference, Pod, pod)) return reference.uid !== pod.metadata.uid;
    return reference.controller === true;
  });
}

/** What it goes with, by the set's policy: with the set, or with a pod that the set does not want any more. */
export function ownersByPolicy({ set, pod, ordinal }: ClaimUse): V1OwnerReference[] {
  const { withSet, withScale } = retentionOf(set);
  const isSurplus = !isWanted(ordinal, set);
  if (withScale && isSurplus) return [controllerReference(Pod, pod)];
  return withSet ? [controllerReference(StatefulSet, set)] : [];
}

/**
 * The owners that a claim should have in place of those it has; undefined when there is nothing to change.
 * Upstream: …#isClaimOwnerUpToDate, #updateClaimOwnerRefForSetAndPod
 */
export function ownersToSet(claim: V1PersistentVolumeClaim, use: ClaimUse): V1OwnerReference[] | undefined {
  const { set, pod } = use;
  if (hasStaleOwner(claim, StatefulSet, set) || hasStaleOwner(claim, Pod, pod)) return undefined;
  const references = claim.metadata.ownerReferences ?? [];
  const isOurs = ({ uid }: V1OwnerReference) => uid === set.metadata.uid || uid === pod.metadata.uid;
  const others = references.filter((reference) => !isOurs(reference));
  const wanted = isManagedByAnother(claim, use) ? [] : ownersByPolicy(use);
  const ours = references.filter(isOurs);
  const isRight =
    ours.length === wanted.length &&
    ours.every(({ uid, controller }) => controller === true && wanted.some((reference) => reference.uid === uid));
  return isRight ? undefined : [...others, ...wanted];
}

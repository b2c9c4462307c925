import { Pod, ResourceClaim, type ResourceV1ResourceClaim, type V1ResourceClaimConsumerReference } from "@dingi/api";
import { ignoreGone, ignoreNotFound, keyOf, type ObjectKey } from "@dingi/apimachinery";
import type { Client } from "@dingi/client";
import { DONE, defineController, watchOf, type ReconcileContext, type Result } from "@dingi/controller-runtime";
import { controllerOf } from "../claim.ts";
import { claimKeysOf, FINALIZER, isPodDone } from "./pod-claims.ts";

/**
 * Sets devices free that nobody uses any more, and removes the claims that were made for pods that are over. Upstream:
 * pkg/controller/resourceclaim/controller.go#syncClaim
 */
export const resourceClaimController = defineController({
  name: "resourceclaim-controller",
  serviceAccount: "resource-claim-controller",
  for: ResourceClaim,
  watches: [watchOf(Pod, claimKeysOf)],
  reconcile,
});

async function reconcile(key: ObjectKey, context: ReconcileContext): Promise<Result> {
  const claim = context.cache.get(ResourceClaim, key);
  if (!claim) return DONE;
  const reserved = claim.status.reservedFor ?? [];
  const needed: V1ResourceClaimConsumerReference[] = [];
  for (const one of reserved) if (await isNeeded(claim, one, context)) needed.push(one);
  await release(claim, needed, context);
  if (needed.length === 0) await removeGenerated(claim, context);
  return DONE;
}

/** Only of pods it is known when they do not. */
async function isNeeded(
  { metadata: { namespace = "" } }: ResourceV1ResourceClaim,
  { apiGroup = "", resource, name, uid }: V1ResourceClaimConsumerReference,
  { cache, client }: ReconcileContext,
): Promise<boolean> {
  if (apiGroup !== "" || resource !== "pods") return true;
  const key = { namespace, name };
  const pod = cache.get(Pod, key);
  if (pod) return pod.metadata.uid === uid && !isPodDone(pod);
  // It may be too new for the cache.
  const found = await client.get(Pod, key).catch(ignoreNotFound);
  return found?.metadata.uid === uid;
}

/** Of what is free the finalizer stays where it was not removed at once: a scheduler that is about to allocate sets it first. */
async function release(
  claim: ResourceV1ResourceClaim,
  needed: readonly V1ResourceClaimConsumerReference[],
  { client }: ReconcileContext,
): Promise<void> {
  const { metadata, status } = claim;
  const isFewer = needed.length < (status.reservedFor ?? []).length;
  const isKept = (metadata.finalizers ?? []).includes(FINALIZER);
  const isFree = isKept && needed.length === 0;
  if (!isFewer && !(isFree && metadata.deletionTimestamp !== undefined)) return;
  const allocation = isFree ? undefined : status.allocation;
  const changed = { ...claim, status: { ...status, allocation, reservedFor: needed } };
  const released = await client.update(ResourceClaim, changed, { subresource: "status" });
  if (isKept && allocation === undefined) await removeFinalizer(released, client);
}

async function removeFinalizer(claim: ResourceV1ResourceClaim, client: Client): Promise<void> {
  const finalizers = (claim.metadata.finalizers ?? []).filter((name) => name !== FINALIZER);
  await client.update(ResourceClaim, { ...claim, metadata: { ...claim.metadata, finalizers } });
}

/** The garbage collector would, too, but not before the pod is gone. */
async function removeGenerated(claim: ResourceV1ResourceClaim, { cache, client }: ReconcileContext): Promise<void> {
  const owner = controllerOf(claim);
  if (owner?.kind !== "Pod" || owner.apiVersion !== "v1") return;
  const { namespace = "", uid = "" } = claim.metadata;
  const pod = cache.get(Pod, { namespace, name: owner.name });
  if (!pod || (pod.metadata.uid === owner.uid && !isPodDone(pod))) return;
  await client.delete(ResourceClaim, keyOf(claim), { preconditions: { uid } }).catch(ignoreGone);
}

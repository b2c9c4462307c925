import { PersistentVolumeClaim, Pod, podClaims, type V1PersistentVolumeClaim, type V1Pod } from "@dingi/api";
import { wireTime, type ObjectKey } from "@dingi/apimachinery";
import { DONE, defineController, watchOf, type ReconcileContext } from "@dingi/controller-runtime";
import { podsByClaim, podsWithClaim } from "../pods-by-claim.ts";
import { keepsClaim, usesClaim } from "./claim-uses.ts";
import { planProtection, protect } from "./finalizer.ts";

const FINALIZER = "kubernetes.io/pvc-protection";
const UNUSED = "Unused";

/**
 * Keeps a claim while pods have it, and says since when none has.
 * Upstream: pkg/controller/volume/pvcprotection/pvc_protection_controller.go
 */
export const pvcProtectionController = defineController({
  name: "persistentvolumeclaim-protection-controller",
  serviceAccount: "pvc-protection-controller",
  for: PersistentVolumeClaim,
  watches: [watchOf(Pod, claimKeysOf)],
  indexes: [podsByClaim],
  reconcile: async (key, context) => {
    const claim = context.cache.get(PersistentVolumeClaim, key);
    if (!claim) return DONE;
    if (planProtection(claim.metadata, FINALIZER) !== "none") {
      const isKept = () => isKeptByAny(claim, context);
      await protect(PersistentVolumeClaim, { object: claim, finalizer: FINALIZER, isUsed: isKept }, context);
    } else if (claim.metadata.deletionTimestamp === undefined && claim.status.phase === "Bound")
      await setUnused(claim, !podsWithClaim(key, context.cache).some((pod) => usesClaim(pod, claim)), context);
    return DONE;
  },
});

function claimKeysOf(pod: V1Pod): ObjectKey[] {
  const { namespace = "" } = pod.metadata;
  return podClaims(pod).map(({ claimName: name }) => ({ namespace, name }));
}

/** What the cache does not know of may be there: nobody's data are deleted on a guess. */
async function isKeptByAny(claim: V1PersistentVolumeClaim, { cache, client }: ReconcileContext): Promise<boolean> {
  const { namespace = "", name = "" } = claim.metadata;
  if (podsWithClaim({ namespace, name }, cache).some((pod) => keepsClaim(pod, claim))) return true;
  const { items } = await client.list(Pod, { namespace });
  return items.some((pod) => keepsClaim(pod, claim));
}

async function setUnused(
  claim: V1PersistentVolumeClaim,
  isUnused: boolean,
  { client, clock }: ReconcileContext,
): Promise<void> {
  const { conditions = [] } = claim.status;
  const known = conditions.find(({ type }) => type === UNUSED);
  if (known && (known.status === "True") === isUnused) return;
  const verdict = isUnused
    ? { status: "True", reason: "NoPodsUsingPVC", message: "No pods are currently referencing this PVC" }
    : { status: "False", reason: "PodUsingPVC", message: "A pod is currently referencing this PVC" };
  const condition = { type: UNUSED, ...verdict, lastTransitionTime: wireTime(clock.now()) };
  const others = conditions.filter(({ type }) => type !== UNUSED);
  const status = { ...claim.status, conditions: [...others, condition] };
  await client.update(PersistentVolumeClaim, { ...claim, status }, { subresource: "status" });
}

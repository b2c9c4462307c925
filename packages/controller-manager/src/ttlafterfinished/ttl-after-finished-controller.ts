import { isJobFinished, Job, type V1Job } from "@dingi/api";
import { ignoreGone, ignoreNotFound, type ObjectKey } from "@dingi/apimachinery";
import { DONE, defineController, type ReconcileContext, type Result } from "@dingi/controller-runtime";

/** Deletes Jobs that have been over for as long as they say. Upstream: pkg/controller/ttlafterfinished/ttlafterfinished_controller.go */
export const ttlAfterFinishedController = defineController({
  name: "ttl-after-finished-controller",
  serviceAccount: "ttl-after-finished-controller",
  for: Job,
  reconcile,
});

async function reconcile(key: ObjectKey, { cache, client, clock }: ReconcileContext): Promise<Result> {
  const leftMs = untilExpired(cache.get(Job, key), clock.now());
  if (leftMs === undefined) return DONE;
  if (leftMs > 0) return { requeueAfterMs: leftMs };
  // It may have been given more time a moment ago.
  const fresh = await client.get(Job, key).catch(ignoreNotFound);
  const freshMs = untilExpired(fresh, clock.now());
  if (freshMs === undefined) return DONE;
  if (freshMs > 0) return { requeueAfterMs: freshMs };
  const { uid = "", resourceVersion = "" } = fresh!.metadata;
  await client
    .delete(Job, key, { propagationPolicy: "Foreground", preconditions: { uid, resourceVersion } })
    .catch(ignoreGone);
  return DONE;
}

/** Undefined for what stays. */
export function untilExpired(job: V1Job | undefined, nowMs: number): number | undefined {
  const seconds = job?.spec.ttlSecondsAfterFinished;
  if (!job || seconds === undefined || job.metadata.deletionTimestamp !== undefined || !isJobFinished(job))
    return undefined;
  const end = (job.status.conditions ?? []).find(
    ({ type, status }) => (type === "Complete" || type === "Failed") && status === "True",
  );
  const endMs = Date.parse(end?.lastTransitionTime ?? "");
  return Number.isFinite(endMs) ? endMs + seconds * 1000 - nowMs : undefined;
}

import { isJobFinished, Job, Pod, type V1Job, type V1Pod } from "@dingi/api";
import { ignoreNotFound, keyOf, type ObjectKey } from "@dingi/apimachinery";
import {
  DONE,
  defineController,
  indexesOf,
  watchOf,
  type ReconcileContext,
  type Result,
} from "@dingi/controller-runtime";
import { controllerOf, ownedBy, ownershipIndexes } from "../claim.ts";
import { isManagedElsewhere, releasePod } from "./job-controller.ts";
import { isTracked } from "./job-pods.ts";

/** Lets pods go whose Job is gone, or does not count them any more. Upstream: pkg/controller/job/job_controller.go#syncOrphanPod */
export const orphanedJobPodsController = defineController({
  name: "orphaned-job-pod-controller",
  serviceAccount: "job-controller",
  watches: [watchOf(Pod, itself), watchOf(Job, podsOf)],
  indexes: indexesOf(Pod, ownershipIndexes),
  reconcile,
});

function* itself(pod: V1Pod, { cache }: ReconcileContext): Iterable<ObjectKey> {
  if (isTracked(pod) && isOrphan(pod, cachedJob(pod, cache))) yield keyOf(pod);
}

function* podsOf(job: V1Job, { cache }: ReconcileContext): Iterable<ObjectKey> {
  const now = cache.get(Job, keyOf(job));
  if (now?.metadata.uid === job.metadata.uid && now && !isJobFinished(now)) return;
  for (const pod of ownedBy(job, Pod, cache)) if (isTracked(pod)) yield keyOf(pod);
}

function cachedJob(pod: V1Pod, cache: ReconcileContext["cache"]): V1Job | undefined {
  const name = controllerOf(pod)?.name;
  return name === undefined ? undefined : cache.get(Job, { namespace: pod.metadata.namespace ?? "", name });
}

/** @param job What has the name of the pod's owner. */
function isOrphan(pod: V1Pod, job: V1Job | undefined): boolean {
  const owner = controllerOf(pod);
  if (!owner) return true;
  if (owner.kind !== Job.kind || owner.apiVersion !== Job.apiVersion) return false;
  return job?.metadata.uid !== owner.uid || (isJobFinished(job) && !isManagedElsewhere(job));
}

async function reconcile(key: ObjectKey, context: ReconcileContext): Promise<Result> {
  const { cache, client } = context;
  const pod = cache.get(Pod, key);
  if (!pod || !isTracked(pod) || !isOrphan(pod, cachedJob(pod, cache))) return DONE;
  const name = controllerOf(pod)?.name;
  // A Job that was only just made is not in the cache yet.
  const job = name === undefined ? undefined : await client.get(Job, { ...key, name }).catch(ignoreNotFound);
  if (isOrphan(pod, job)) await releasePod(pod, context);
  return DONE;
}

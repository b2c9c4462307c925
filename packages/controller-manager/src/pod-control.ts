import { isPodAvailable, getPodCondition, Pod, type V1Pod, type V1PodTemplateSpec } from "@dingi/api";
import { isNamespaceTerminating, isNotFound, type KubeObject } from "@dingi/apimachinery";
import { describeError } from "@dingi/base";
import { referenceTo, type NewObject } from "@dingi/client";
import type { ReconcileContext } from "@dingi/controller-runtime";
import { controllerReference } from "./claim.ts";

/** Whose pods are made and removed. */
export interface PodOwner {
  readonly kind: { readonly apiVersion: string; readonly kind: string };
  readonly object: KubeObject;
}

type PodEffects = Pick<ReconcileContext, "client" | "events">;

/** A pod of an owner's, as its template wants it. Upstream: pkg/controller/controller_utils.go#GetPodFromTemplate */
export function podFromTemplate({ kind, object }: PodOwner, template: V1PodTemplateSpec | undefined): NewObject<V1Pod> {
  const { labels, annotations, finalizers } = template?.metadata ?? {};
  const { name = "", namespace } = object.metadata;
  return {
    metadata: {
      generateName: `${name}-`,
      namespace,
      labels,
      annotations,
      finalizers,
      ownerReferences: [controllerReference(kind, object)],
    },
    spec: template!.spec!,
  };
}

/**
 * Undefined in a namespace that is going away: until it is gone, whatever is made in it is refused, and that is no failure.
 * Upstream: pkg/controller/controller_utils.go#RealPodControl
 */
export async function createPod(
  owner: PodOwner,
  pod: NewObject<V1Pod>,
  { client, events }: PodEffects,
): Promise<V1Pod | undefined> {
  const about = referenceTo(owner.kind, owner.object);
  try {
    const created = await client.create(Pod, pod);
    events.event(about, "Normal", "SuccessfulCreate", `Created pod: ${created.metadata.name}`);
    return created;
  } catch (error) {
    if (isNamespaceTerminating(error)) return undefined;
    events.event(about, "Warning", "FailedCreate", `Error creating: ${describeError(error)}`);
    throw error;
  }
}

export async function deletePod(owner: PodOwner, pod: V1Pod, { client, events }: PodEffects): Promise<void> {
  const { name = "", namespace = "", uid = "" } = pod.metadata;
  const about = referenceTo(owner.kind, owner.object);
  try {
    await client.delete(Pod, { namespace, name }, { preconditions: { uid } });
    events.event(about, "Normal", "SuccessfulDelete", `Deleted pod: ${name}`);
  } catch (error) {
    if (isNotFound(error)) return;
    events.event(about, "Warning", "FailedDelete", `Error deleting: ${describeError(error)}`);
    throw error;
  }
}

interface Batches {
  /** How many of `all` were done. */
  readonly done: number;
  /** Undefined when all were. */
  readonly failure?: { readonly error: unknown };
}

/**
 * In batches that double as long as none fails, so that what is hopeless does not flood the API server.
 * Upstream: pkg/controller/job/job_controller.go#manageJob, pkg/controller/replicaset/replica_set.go#slowStartBatch
 */
export async function slowStart<T>(all: readonly T[], run: (one: T) => Promise<unknown>): Promise<Batches> {
  let done = 0;
  for (let at = 0, size = 1; at < all.length; at += size, size *= 2) {
    const results = await Promise.allSettled(all.slice(at, at + size).map(run));
    done += results.filter(({ status }) => status === "fulfilled").length;
    const failed = results.find((result) => result.status === "rejected");
    if (failed) return { done, failure: { error: failed.reason } };
  }
  return { done };
}

/** All are tried at once; throws the first failure. */
export async function forAll<T>(all: readonly T[], run: (one: T) => Promise<unknown>): Promise<void> {
  const results = await Promise.allSettled(all.map(run));
  const failed = results.find((result) => result.status === "rejected");
  if (failed) throw failed.reason;
}

/** Until the next of the pods that are ready has been so for long enough. Upstream: pkg/controller/controller_utils.go#FindMinNextPodAvailabilityCheck */
export function untilAvailable(pods: readonly V1Pod[], minReadySeconds: number, nowMs: number): number | undefined {
  const waits = pods.flatMap((pod) => {
    const ready = getPodCondition(pod.status, "Ready");
    if (ready?.status !== "True" || isPodAvailable(pod, minReadySeconds, nowMs)) return [];
    const sinceMs = Date.parse(ready.lastTransitionTime ?? "");
    return Number.isFinite(sinceMs) ? [sinceMs + minReadySeconds * 1000 - nowMs] : [];
  });
  return waits.length > 0 ? Math.max(1, Math.min(...waits)) : undefined;
}

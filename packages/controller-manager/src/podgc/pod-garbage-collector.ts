import { isPodPhaseTerminal, Node, Pod, type V1Pod } from "@dingi/api";
import { ignoreNotFound, keyOf, wireTime, type ObjectKey } from "@dingi/apimachinery";
import {
  DONE,
  defineController,
  watchOf,
  type ControllerDefinition,
  type ReconcileContext,
  type Result,
} from "@dingi/controller-runtime";
import { podsByNode, podsOn } from "../pods-by-node.ts";

/** For how long a node may be missing before the server is asked whether it is. */
const QUARANTINE_MS = 40_000;

/**
 * Ends pods of nodes that are gone, or never were: nobody else can. Upstream: pkg/controller/podgc/gc_controller.go#gcOrphaned
 */
export function podGarbageCollector(): ControllerDefinition {
  /** By node: since when, on the monotonic clock, pods have been seen without it. */
  const missing = new Map<string, number>();
  return defineController({
    name: "pod-garbage-collector-controller",
    serviceAccount: "pod-garbage-collector",
    for: Node,
    watches: [watchOf(Pod, ({ spec }) => (spec.nodeName ? [{ namespace: "", name: spec.nodeName }] : []))],
    indexes: [podsByNode],
    reconcile: (key, context) => reconcile(key, context, missing),
  });
}

async function reconcile(key: ObjectKey, context: ReconcileContext, missing: Map<string, number>): Promise<Result> {
  const { cache, client, clock } = context;
  const pods = podsOn(key.name, cache);
  if (cache.get(Node, key) || pods.length === 0) {
    missing.delete(key.name);
    return DONE;
  }
  const sinceMs = missing.get(key.name) ?? clock.monotonic();
  missing.set(key.name, sinceMs);
  const leftMs = sinceMs + QUARANTINE_MS - clock.monotonic();
  if (leftMs > 0) return { requeueAfterMs: leftMs };
  if (await client.get(Node, key).catch(ignoreNotFound)) {
    missing.delete(key.name);
    return { requeueAfterMs: QUARANTINE_MS };
  }
  for (const pod of pods) await end(pod, context);
  return DONE;
}

/** No kubelet will say that it is over. */
async function end(pod: V1Pod, { client, clock }: ReconcileContext): Promise<void> {
  const { uid, generation } = pod.metadata;
  const condition = {
    type: "DisruptionTarget",
    status: "True",
    reason: "DeletionByPodGC",
    message: "PodGC: node no longer exists",
    lastTransitionTime: wireTime(clock.now()),
    ...(generation === undefined ? {} : { observedGeneration: generation }),
  };
  const patch = { metadata: { uid }, status: { phase: "Failed", conditions: [condition] } };
  if (!isPodPhaseTerminal(pod.status.phase))
    await client.patch(Pod, keyOf(pod), patch, { type: "strategic", subresource: "status" }).catch(ignoreNotFound);
  await client.delete(Pod, keyOf(pod), { gracePeriodSeconds: 0, preconditions: { uid } }).catch(ignoreNotFound);
}

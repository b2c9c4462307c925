import { Node, Pod, type V1Node, type V1Pod } from "@dingi/api";
import { ignoreNotFound, wireTime, type ObjectKey } from "@dingi/apimachinery";
import {
  DONE,
  defineController,
  watchOf,
  type ControllerDefinition,
  type ReconcileContext,
  type Result,
} from "@dingi/controller-runtime";
import { podsByNode, podsOn } from "../pods-by-node.ts";
import { endPod, inEndingOrder } from "./end-pod.ts";

/** For how long a node may be missing before the server is asked whether it is. */
const QUARANTINE_MS = 40_000;

const OUT_OF_SERVICE = "node.kubernetes.io/out-of-service";

/**
 * Ends pods of nodes that are gone, or never were, and those that are to go of nodes that an administrator has declared out
 * of service: nobody else can. Upstream: pkg/controller/podgc/gc_controller.go#gcOrphaned, #gcTerminating
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
  const node = cache.get(Node, key);
  if (node || pods.length === 0) {
    missing.delete(key.name);
    if (node && isOutOfService(node)) await endTerminating(pods, context);
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
  for (const pod of pods) await endOrphan(pod, context);
  return DONE;
}

/** Both: the taint is put by hand, and a kubelet that speaks can end its pods itself. */
function isOutOfService({ spec, status }: V1Node): boolean {
  const isReady = status.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True");
  return !isReady && (spec.taints ?? []).some(({ key }) => key === OUT_OF_SERVICE);
}

async function endTerminating(pods: readonly V1Pod[], context: ReconcileContext): Promise<void> {
  const terminating = pods.filter(({ metadata }) => metadata.deletionTimestamp);
  for (const pod of inEndingOrder(terminating)) await endPod(pod, context);
}

/** No kubelet will say that it is over. */
async function endOrphan(pod: V1Pod, context: ReconcileContext): Promise<void> {
  const { generation } = pod.metadata;
  await endPod(pod, context, {
    type: "DisruptionTarget",
    status: "True",
    reason: "DeletionByPodGC",
    message: "PodGC: node no longer exists",
    lastTransitionTime: wireTime(context.clock.now()),
    ...(generation === undefined ? {} : { observedGeneration: generation }),
  });
}

import { isPodPhaseTerminal, Pod, type V1Pod, type V1PodCondition } from "@dingi/api";
import { ignoreNotFound, keyOf } from "@dingi/apimachinery";
import type { ReconcileContext } from "@dingi/controller-runtime";

/**
 * Says of a pod that it failed, where nobody has said how it ended, and takes it away at once.
 * Upstream: pkg/controller/podgc/gc_controller.go#markFailedAndDeletePodWithCondition
 */
export async function endPod(
  pod: V1Pod,
  { client }: Pick<ReconcileContext, "client">,
  condition?: V1PodCondition,
): Promise<void> {
  const { uid } = pod.metadata;
  const patch = { metadata: { uid }, status: { phase: "Failed", ...(condition ? { conditions: [condition] } : {}) } };
  if (!isPodPhaseTerminal(pod.status.phase))
    await client.patch(Pod, keyOf(pod), patch, { type: "strategic", subresource: "status" }).catch(ignoreNotFound);
  await client.delete(Pod, keyOf(pod), { gracePeriodSeconds: 0, preconditions: { uid } }).catch(ignoreNotFound);
}

/** Evicted ones first, so that those of controllers last longer. Upstream: …#byEvictionAndCreationTimestamp */
export function inEndingOrder(pods: readonly V1Pod[]): readonly V1Pod[] {
  const keys = (pod: V1Pod) =>
    [isEvicted(pod) ? "0" : "1", pod.metadata.creationTimestamp ?? "", pod.metadata.name ?? ""] as const;
  return pods
    .map((pod) => ({ pod, key: keys(pod) }))
    .sort((a, b) => {
      const at = a.key.findIndex((part, i) => part !== b.key[i]);
      return at < 0 ? 0 : a.key[at]! < b.key[at]! ? -1 : 1;
    })
    .map(({ pod }) => pod);
}

/** Upstream: pkg/kubelet/eviction/helpers.go#PodIsEvicted */
const isEvicted = ({ status }: V1Pod): boolean => status.phase === "Failed" && status.reason === "Evicted";

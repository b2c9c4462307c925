import { getPodCondition, isPodPhaseTerminal, Pod, setPodCondition, type V1Pod } from "@dingi/api";
import { keyOf, wireTime, type Draft, type ObjectKey } from "@dingi/apimachinery";
import { DONE, defineController, watchOf, type ReconcileContext, type Result } from "@dingi/controller-runtime";

const TYPE = "DisruptionTarget";
const STALE_MS = 2 * 60_000;

/** Takes back that a pod is about to be disrupted, when it was not. Upstream: pkg/controller/disruption/disruption.go#syncStalePodDisruption */
export const staleDisruptionsController = defineController({
  name: "stale-disruption-controller",
  serviceAccount: "disruption-controller",
  watches: [watchOf(Pod, (pod) => (isTarget(pod) ? [keyOf(pod)] : []))],
  reconcile,
});

/** What the kubelet said of its own pods may take as long as it takes. */
function isTarget({ metadata, status }: V1Pod): boolean {
  const condition = getPodCondition(status, TYPE);
  return (
    condition?.status === "True" &&
    condition.reason !== "TerminationByKubelet" &&
    metadata.deletionTimestamp === undefined &&
    !isPodPhaseTerminal(status.phase)
  );
}

async function reconcile(key: ObjectKey, { cache, client, clock }: ReconcileContext): Promise<Result> {
  const pod = cache.get(Pod, key);
  if (!pod || !isTarget(pod)) return DONE;
  const sinceMs = Date.parse(getPodCondition(pod.status, TYPE)?.lastTransitionTime ?? "") || 0;
  const leftMs = sinceMs + STALE_MS - clock.now();
  if (leftMs > 0) return { requeueAfterMs: leftMs };
  const status = structuredClone(pod.status) as Draft<V1Pod["status"]>;
  setPodCondition(status, { type: TYPE, status: "False" }, wireTime(clock.now()));
  await client.update(Pod, { ...pod, status }, { subresource: "status" });
  return DONE;
}

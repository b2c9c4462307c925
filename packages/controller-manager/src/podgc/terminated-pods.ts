import { Pod, type V1Pod } from "@dingi/api";
import {
  DONE,
  defineController,
  indexOf,
  watchOf,
  type ControllerDefinition,
  type ReconcileContext,
  type Result,
} from "@dingi/controller-runtime";
import { endPod, inEndingOrder } from "./end-pod.ts";

export interface TerminatedPodsOptions {
  /** How many pods that have ended are kept; as many as there are when 0. Upstream's flag --terminated-pod-gc-threshold */
  readonly threshold: number;
}

/** One key: they are counted over all namespaces. */
const KEY = { namespace: "", name: "terminated" };
const ENDED = "ended";
/** So that ten thousand pods that end one after the other are not counted ten thousand times. */
const PERIOD_MS = 20_000;

/** Takes away the oldest of pods that have ended when there are too many. Upstream: pkg/controller/podgc/gc_controller.go#gcTerminated */
export function terminatedPodsCollector({ threshold }: TerminatedPodsOptions): ControllerDefinition {
  let nextMs = 0;
  return defineController({
    name: "terminated-pod-garbage-collector",
    serviceAccount: "pod-garbage-collector",
    watches: [watchOf(Pod, (pod) => (threshold > 0 && hasEnded(pod) ? [KEY] : []))],
    indexes: [indexOf(Pod, ENDED, (pod) => (hasEnded(pod) ? [ENDED] : []))],
    concurrency: 1,
    async reconcile(_key, context): Promise<Result> {
      const nowMs = context.clock.monotonic();
      if (nowMs < nextMs) return { requeueAfterMs: nextMs - nowMs };
      nextMs = nowMs + PERIOD_MS;
      return await reconcile(threshold, context);
    },
  });
}

async function reconcile(threshold: number, context: ReconcileContext): Promise<Result> {
  const pods = context.cache.by(Pod, ENDED, ENDED);
  const surplus = pods.length - threshold;
  if (surplus <= 0) return DONE;
  for (const pod of inEndingOrder(pods).slice(0, surplus)) await endPod(pod, context);
  return DONE;
}

/** Also a pod without a phase, as upstream counts it. Upstream: …#isPodTerminated */
const hasEnded = ({ status }: V1Pod): boolean => !["Pending", "Running", "Unknown"].includes(status.phase ?? "");

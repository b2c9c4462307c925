import { HorizontalPodAutoscaler, Pod } from "@dingi/api";
import { keyOf, keyString, type ObjectKey } from "@dingi/apimachinery";
import { describeError } from "@dingi/base";
import { labelIndexes } from "@dingi/client";
import {
  DONE,
  defineController,
  indexesOf,
  watchOf,
  type ControllerDefinition,
  type ReconcileContext,
  type Result,
} from "@dingi/controller-runtime";
import { Round, type AutoscalerOptions } from "./round.ts";
import type { ScalingHistory } from "./scaling-history.ts";
import { SelectingAutoscalers } from "./selecting-autoscalers.ts";

/** Upstream: pkg/controller/podautoscaler/config/v1alpha1/defaults.go */
const DEFAULTS: AutoscalerOptions = {
  syncPeriodMs: 15_000,
  tolerance: 0.1,
  downscaleStabilizationMs: 300_000,
  cpuInitializationMs: 300_000,
  initialReadinessDelayMs: 30_000,
};

/** What is known of autoscalers beside what is written in them. */
interface Memory {
  readonly histories: Map<string, ScalingHistory>;
  readonly selecting: SelectingAutoscalers;
}

/**
 * Makes as many replicas of something as what is measured of them asks for. Metrics do not tell when they change: each
 * autoscaler has its turn every so often, and at once when it is told otherwise.
 * Upstream: pkg/controller/podautoscaler/horizontal.go
 */
export function horizontalPodAutoscalerController(options: AutoscalerOptions = DEFAULTS): ControllerDefinition {
  const memory: Memory = { histories: new Map(), selecting: new SelectingAutoscalers() };
  return defineController({
    name: "horizontal-pod-autoscaler-controller",
    serviceAccount: "horizontal-pod-autoscaler",
    watches: [
      // What it writes itself is no reason to look anew.
      watchOf(HorizontalPodAutoscaler, (autoscaler, _context, previous) =>
        previous && previous.metadata.generation === autoscaler.metadata.generation ? [] : [keyOf(autoscaler)],
      ),
    ],
    reads: [Pod],
    indexes: indexesOf(Pod, labelIndexes),
    reconcile: (key, context) => reconcile(key, context, { memory, options }),
  });
}

async function reconcile(
  key: ObjectKey,
  context: ReconcileContext,
  { memory, options }: { readonly memory: Memory; readonly options: AutoscalerOptions },
): Promise<Result> {
  const autoscaler = context.cache.get(HorizontalPodAutoscaler, key);
  const place = keyString(key);
  if (!autoscaler) {
    memory.histories.delete(place);
    memory.selecting.delete(key);
    return DONE;
  }
  const { histories, selecting } = memory;
  const own = {
    get history() {
      return histories.get(place);
    },
    remember: (history: ScalingHistory) => void histories.set(place, history),
  };
  try {
    await new Round({ autoscaler, context, options, selecting, memory: own }).run();
  } catch (error) {
    if (context.signal.aborted) throw error;
    // Every so often is often enough for what is wrong, too.
    context.logger.warn("Autoscaling failed", { autoscaler: place, error: describeError(error) });
  }
  return { requeueAfterMs: options.syncPeriodMs };
}

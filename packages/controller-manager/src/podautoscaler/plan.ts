import type { V2HorizontalPodAutoscaler, V2MetricStatus } from "@dingi/api";
import type { Said } from "./conditions.ts";
import { hasMetricWithoutPods, MetricFailure, type Proposal } from "./metric-source.ts";
import { normalizeReplicas } from "./normalize.ts";
import type { ScalingHistory } from "./scaling-history.ts";

/** Pure. Upstream: pkg/controller/podautoscaler/horizontal.go#reconcileAutoscaler */

/** What the bounds alone say of a number of replicas. */
type ByBounds =
  /** Somebody has switched the target off by hand. */
  | { readonly type: "disabled" }
  | { readonly type: "outside"; readonly replicas: number; readonly reason: string }
  | { readonly type: "within" };

const DEFAULT_MIN = 1;
const BELOW_MIN = "Current number of replicas below Spec.MinReplicas";
const ABOVE_MAX = "Current number of replicas above Spec.MaxReplicas";

const minReplicasOf = ({ spec }: V2HorizontalPodAutoscaler): number => spec.minReplicas ?? DEFAULT_MIN;

export function decideByBounds(autoscaler: V2HorizontalPodAutoscaler, replicas: number): ByBounds {
  const { maxReplicas } = autoscaler.spec;
  const minReplicas = minReplicasOf(autoscaler);
  if (replicas === 0) {
    const comesBack = isScaledToZero(autoscaler) && (minReplicas !== 0 || hasMetricWithoutPods(autoscaler));
    return { type: comesBack ? "within" : "disabled" };
  }
  if (replicas > maxReplicas) return { type: "outside", replicas: maxReplicas, reason: ABOVE_MAX };
  return replicas < minReplicas ? { type: "outside", replicas: minReplicas, reason: BELOW_MIN } : { type: "within" };
}

/** By the controller itself. */
function isScaledToZero({ status }: V2HorizontalPodAutoscaler): boolean {
  return (status.conditions ?? []).find(({ type }) => type === "ScaledToZero")?.status === "True";
}

export const DISABLED: Said = {
  type: "ScalingActive",
  status: "False",
  reason: "ScalingDisabled",
  message: "scaling is disabled since the replica count of the target is zero",
};

interface Combined {
  readonly statuses: readonly V2MetricStatus[];
  readonly active: Said;
  /** The most that a metric asks for; undefined where too little is known. */
  readonly highest?: Pick<Proposal, "replicas" | "metric"> | undefined;
  /** What was wrong with metrics, should some have been. */
  readonly failure?: Error;
}

/** The highest counts; while a metric is not known, nothing is taken away. Upstream: …#computeReplicasForMetrics */
export function combineMetrics(outcomes: readonly (Proposal | MetricFailure)[], currentReplicas: number): Combined {
  const failures = outcomes.filter((outcome) => outcome instanceof MetricFailure);
  const proposals = outcomes.flatMap((outcome) => (outcome instanceof MetricFailure ? [] : [outcome]));
  const [first] = failures;
  const failure = first && {
    failure: new Error(
      `invalid metrics (${failures.length} invalid out of ${outcomes.length}), first error is: ${first.message}`,
    ),
  };
  const statuses = outcomes.map((outcome) => (outcome instanceof MetricFailure ? UNKNOWN : outcome.status));
  const highest = highestOf(proposals);
  if (first && (!highest || highest.replicas < currentReplicas)) {
    const message = `the HPA was unable to compute the replica count: ${first.told}`;
    return { statuses, active: { type: "ScalingActive", status: "False", reason: first.reason, message }, ...failure };
  }
  const message = `the HPA was able to successfully calculate a replica count from ${highest?.metric ?? ""}`;
  const active = { type: "ScalingActive", status: "True", reason: "ValidMetricFound", message } as const;
  return { statuses, active, highest: highest ?? NOTHING, ...failure };
}

/** As upstream shows a metric that could not be read. */
const UNKNOWN: V2MetricStatus = { type: "" };
/** Without metrics nothing is asked for. */
const NOTHING = { replicas: 0, metric: "" };

/** The first of several that ask for the same; after zero, whichever comes. */
function highestOf(proposals: readonly Proposal[]): Proposal | undefined {
  return proposals.reduce<Proposal | undefined>(
    (best, one) => (!best || best.replicas === 0 || one.replicas > best.replicas ? one : best),
    undefined,
  );
}

interface Measured {
  readonly autoscaler: V2HorizontalPodAutoscaler;
  readonly currentReplicas: number;
  readonly highest: Pick<Proposal, "replicas" | "metric">;
  readonly history: ScalingHistory;
  readonly downscaleStabilizationMs: number;
  readonly nowMs: number;
}

interface ByMetrics {
  readonly replicas: number;
  readonly reason: string;
  readonly conditions: readonly Said[];
  readonly history: ScalingHistory;
}

/** How many there are to be by what was measured, and by how fast that may change. */
export function decideByMetrics(measured: Measured): ByMetrics {
  const { autoscaler, currentReplicas, highest } = measured;
  const { maxReplicas, behavior } = autoscaler.spec;
  const minReplicas = minReplicasOf(autoscaler);
  const wanted = Math.max(0, highest.replicas);
  const { replicas, able, limited, history } = normalizeReplicas({
    ...measured,
    minReplicas,
    maxReplicas,
    behavior,
    wanted,
  });
  const conditions: readonly Said[] = [
    { type: "AbleToScale", status: "True", reason: able.reason, message: able.message },
    {
      type: "ScalingLimited",
      status: limited.isLimited ? "True" : "False",
      reason: limited.reason,
      message: limited.message,
    },
  ];
  const reason = reasonOf(wanted, measured);
  // Back from nothing, at once to as many as there are to be at least.
  return currentReplicas === 0 && replicas < minReplicas
    ? { replicas: minReplicas, reason: reason || BELOW_MIN, conditions, history }
    : { replicas, reason, conditions, history };
}

function reasonOf(wanted: number, { currentReplicas, highest }: Measured): string {
  if (wanted === currentReplicas) return "";
  if (wanted < currentReplicas) return "All metrics below target";
  return `${highest.metric} above target`;
}

/** What is said after a rescale, so that it is known who has scaled to nothing. */
export function scaledToZero(autoscaler: V2HorizontalPodAutoscaler, before: number, after: number): Said {
  const isSo = before > 0 && after === 0 && minReplicasOf(autoscaler) === 0 && hasMetricWithoutPods(autoscaler);
  return isSo
    ? {
        type: "ScaledToZero",
        status: "True",
        reason: "ScaledToZero",
        message: "the HPA controller scaled the workload to zero",
      }
    : {
        type: "ScaledToZero",
        status: "False",
        reason: "NotScaledToZero",
        message: "the HPA controller did not scale the workload to zero",
      };
}

import type { V2HPAScalingRules } from "@dingi/api";
import { MAX_INT32 } from "./replica-count.ts";
import { changedWithin, withRecommendation, type ScalingHistory } from "./scaling-history.ts";

/** What bounds a number of replicas. */
interface Bounds {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly currentReplicas: number;
}

interface Normalizing extends Bounds {
  /** What the metrics ask for. */
  readonly wanted: number;
  readonly behavior:
    | { readonly scaleUp?: V2HPAScalingRules | undefined; readonly scaleDown?: V2HPAScalingRules | undefined }
    | undefined;
  readonly history: ScalingHistory;
  /** For so long fewer are not taken while more were recommended. */
  readonly downscaleStabilizationMs: number;
  readonly nowMs: number;
}

interface Reason {
  readonly reason: string;
  readonly message: string;
}

interface Normalized {
  readonly replicas: number;
  /** What AbleToScale says. */
  readonly able: Reason;
  /** What ScalingLimited says. */
  readonly limited: Reason & { readonly isLimited: boolean };
  readonly history: ScalingHistory;
}

const READY: Reason = { reason: "ReadyForNewScale", message: "recommended size matches current size" };
const DOWN_STABILIZED: Reason = {
  reason: "ScaleDownStabilized",
  message: "recent recommendations were higher than current one, applying the highest recent recommendation",
};
const UP_STABILIZED: Reason = {
  reason: "ScaleUpStabilized",
  message: "recent recommendations were lower than current one, applying the lowest recent recommendation",
};
const WITHIN: Reason = { reason: "DesiredWithinRange", message: "the desired count is within the acceptable range" };
const TOO_FEW: Reason = {
  reason: "TooFewReplicas",
  message: "the desired replica count is less than the minimum replica count",
};
const TOO_MANY: Reason = {
  reason: "TooManyReplicas",
  message: "the desired replica count is more than the maximum replica count",
};
const UP_LIMIT: Reason = {
  reason: "ScaleUpLimit",
  message: "the desired replica count is increasing faster than the maximum scale rate",
};
const DOWN_LIMIT: Reason = {
  reason: "ScaleDownLimit",
  message: "the desired replica count is decreasing faster than the maximum scale rate",
};

/** What may be done now of what is wanted. Pure. Upstream: pkg/controller/podautoscaler/horizontal.go#normalizeDesiredReplicas */
export function normalizeReplicas(normalizing: Normalizing): Normalized {
  const { wanted, behavior, history, nowMs } = normalizing;
  const stabilized = behavior ? stabilizeByBehavior(normalizing) : stabilize(normalizing);
  const { replicas, reason } = behavior
    ? limitByBehavior(stabilized.replicas, normalizing)
    : limit(stabilized.replicas, normalizing);
  return {
    replicas,
    able: stabilized.replicas === wanted ? READY : stabilized.reason,
    limited: { ...reason, isLimited: replicas !== stabilized.replicas },
    history: withRecommendation(history, wanted, nowMs),
  };
}

interface Step {
  readonly replicas: number;
  readonly reason: Reason;
}

/** Upstream: …#stabilizeRecommendation */
function stabilize({ wanted, history, downscaleStabilizationMs, nowMs }: Normalizing): Step {
  const recent = history.recommendations.filter(({ atMs }) => atMs >= nowMs - downscaleStabilizationMs);
  return { replicas: Math.max(wanted, ...recent.map(({ count }) => count)), reason: DOWN_STABILIZED };
}

/** Upstream: …#stabilizeRecommendationWithBehaviors */
function stabilizeByBehavior(normalizing: Normalizing): Step {
  const { wanted, currentReplicas, behavior, history, downscaleStabilizationMs, nowMs } = normalizing;
  const windowMs = (rules: V2HPAScalingRules | undefined, defaultMs: number) =>
    rules?.stabilizationWindowSeconds === undefined ? defaultMs : rules.stabilizationWindowSeconds * 1000;
  const within = (ms: number) =>
    history.recommendations.filter(({ atMs }) => atMs > nowMs - ms).map(({ count }) => count);
  const lowest = Math.min(wanted, ...within(windowMs(behavior?.scaleUp, 0)));
  const highest = Math.max(wanted, ...within(windowMs(behavior?.scaleDown, downscaleStabilizationMs)));
  const replicas = Math.min(Math.max(currentReplicas, lowest), highest);
  return { replicas, reason: wanted >= currentReplicas ? UP_STABILIZED : DOWN_STABILIZED };
}

const UP_FACTOR = 2;
const UP_AT_LEAST = 4;

/** Upstream: …#convertDesiredReplicasWithRules */
function limit(wanted: number, { minReplicas, maxReplicas, currentReplicas }: Bounds): Step {
  const upLimit = Math.max(UP_FACTOR * currentReplicas, UP_AT_LEAST);
  if (wanted < minReplicas) return { replicas: minReplicas, reason: TOO_FEW };
  const most = Math.min(maxReplicas, upLimit);
  if (wanted > most) return { replicas: most, reason: maxReplicas > upLimit ? UP_LIMIT : TOO_MANY };
  return { replicas: wanted, reason: WITHIN };
}

/** Upstream: …#convertDesiredReplicasWithBehaviorRate */
function limitByBehavior(wanted: number, normalizing: Normalizing): Step {
  const { minReplicas, maxReplicas, currentReplicas, behavior } = normalizing;
  if (wanted > currentReplicas) {
    const upLimit = Math.max(currentReplicas, rateLimit(behavior?.scaleUp, UP, normalizing));
    const most = Math.min(maxReplicas, upLimit);
    if (wanted > most) return { replicas: most, reason: maxReplicas > upLimit ? UP_LIMIT : TOO_MANY };
  }
  if (wanted < currentReplicas) {
    const downLimit = Math.min(currentReplicas, rateLimit(behavior?.scaleDown, DOWN, normalizing));
    const least = Math.max(minReplicas, downLimit);
    if (wanted < least) return { replicas: least, reason: minReplicas < downLimit ? DOWN_LIMIT : TOO_FEW };
  }
  return { replicas: wanted, reason: WITHIN };
}

interface Direction {
  readonly by: (policy: { type: string; value: number }, start: number) => number;
  /** Of several policies, the one that changes most. */
  readonly most: (...counts: number[]) => number;
  readonly least: (...counts: number[]) => number;
}

const UP: Direction = {
  // Rounded up: else a few pods would never become more.
  by: ({ type, value }, start) => (type === "Pods" ? start + value : Math.ceil(start * (1 + value / 100))),
  most: Math.max,
  least: Math.min,
};
const DOWN: Direction = {
  by: ({ type, value }, start) => (type === "Pods" ? start - value : Math.trunc(start * (1 - value / 100))),
  most: Math.min,
  least: Math.max,
};

/** Upstream: …#calculateScaleUpLimitWithScalingRules, …#calculateScaleDownLimitWithBehaviors */
function rateLimit(rules: V2HPAScalingRules | undefined, direction: Direction, normalizing: Normalizing): number {
  const { currentReplicas, history, nowMs } = normalizing;
  if (rules?.selectPolicy === "Disabled") return currentReplicas;
  const proposed = (rules?.policies ?? []).map((policy) => {
    const added = changedWithin(history.ups, policy.periodSeconds, nowMs);
    const removed = changedWithin(history.downs, policy.periodSeconds, nowMs);
    return direction.by(policy, currentReplicas - added + removed);
  });
  const limited = rules?.selectPolicy === "Min" ? direction.least(...proposed) : direction.most(...proposed);
  return Math.min(Math.max(limited, -MAX_INT32), MAX_INT32);
}

import { isPodReady, scaledValue, type V1Pod, type V1PodDisruptionBudget } from "@dingi/api";
import { wireTime } from "@dingi/apimachinery";

type Status = V1PodDisruptionBudget["status"];
type Condition = NonNullable<Status["conditions"]>[number];

/** What was let go has so long to go. */
const DELETION_MS = 2 * 60_000;
const TYPE = "DisruptionAllowed";

interface BudgetState {
  readonly budget: V1PodDisruptionBudget;
  readonly pods: readonly V1Pod[];
  /** How many pods all controllers of the pods want; asked for where the budget is a share, or says how many may be away. */
  readonly scale: number;
  readonly nowMs: number;
}

interface BudgetPlan {
  readonly status: Status;
  /** Pods that were let go, and did not. */
  readonly notDeleted: readonly V1Pod[];
  readonly waitMs?: number | undefined;
}

/** Whether the budget asks for the scale of the pods' controllers. */
export function needsScale({ spec }: V1PodDisruptionBudget): boolean {
  return spec.maxUnavailable !== undefined || typeof spec.minAvailable === "string";
}

/** Pure. Upstream: pkg/controller/disruption/disruption.go#trySync */
export function planBudget(state: BudgetState): BudgetPlan {
  const { budget, pods, nowMs } = state;
  const { expected, desired } = expectations(state);
  const { disrupted, notDeleted, waitMs } = disruptedPods(state);
  const healthy = pods.filter(
    (pod) =>
      pod.metadata.deletionTimestamp === undefined &&
      disrupted[pod.metadata.name ?? ""] === undefined &&
      isPodReady(pod),
  ).length;
  const allowed = expected > 0 ? Math.max(0, healthy - desired) : 0;
  const reason = allowed > 0 ? "SufficientPods" : "InsufficientPods";
  const status: Status = {
    currentHealthy: healthy,
    desiredHealthy: desired,
    expectedPods: expected,
    disruptionsAllowed: allowed,
    observedGeneration: budget.metadata.generation,
    ...(Object.keys(disrupted).length > 0 ? { disruptedPods: disrupted } : {}),
    conditions: conditionsWith(budget, { isAllowed: allowed > 0, reason, message: "" }, nowMs),
  };
  return { status, notDeleted, waitMs };
}

/** Upstream: …#getExpectedPodCount */
function expectations({ budget, pods, scale }: BudgetState): { readonly expected: number; readonly desired: number } {
  const { maxUnavailable, minAvailable } = budget.spec;
  if (maxUnavailable !== undefined)
    return { expected: scale, desired: Math.max(0, scale - scaledValue(maxUnavailable, scale, "up")) };
  if (typeof minAvailable === "string") return { expected: scale, desired: scaledValue(minAvailable, scale, "up") };
  return minAvailable === undefined ? { expected: 0, desired: 0 } : { expected: pods.length, desired: minAvailable };
}

/** Upstream: …#buildDisruptedPodMap */
function disruptedPods({ budget, pods, nowMs }: BudgetState): {
  readonly disrupted: Readonly<Record<string, string>>;
  readonly notDeleted: readonly V1Pod[];
  readonly waitMs: number | undefined;
} {
  const known = budget.status.disruptedPods ?? {};
  const named = pods.flatMap((pod) => {
    const name = pod.metadata.name ?? "";
    const since = Object.hasOwn(known, name) ? known[name] : undefined;
    if (since === undefined || pod.metadata.deletionTimestamp !== undefined) return [];
    return [{ pod, name, since, leftMs: Date.parse(since) + DELETION_MS - nowMs }];
  });
  const going = named.filter(({ leftMs }) => leftMs >= 0);
  return {
    disrupted: Object.fromEntries(going.map(({ name, since }) => [name, since])),
    notDeleted: named.filter(({ leftMs }) => leftMs < 0).map(({ pod }) => pod),
    waitMs: going.length > 0 ? Math.max(1, Math.min(...going.map(({ leftMs }) => leftMs)) + 1) : undefined,
  };
}

interface Said {
  readonly isAllowed: boolean;
  readonly reason: string;
  readonly message: string;
}

function conditionsWith(
  budget: V1PodDisruptionBudget,
  { isAllowed, reason, message }: Said,
  nowMs: number,
): Condition[] {
  const conditions = budget.status.conditions ?? [];
  const before = conditions.find(({ type }) => type === TYPE);
  const status = isAllowed ? "True" : "False";
  const lastTransitionTime = before?.status === status ? before.lastTransitionTime : wireTime(nowMs);
  const observedGeneration = budget.metadata.generation;
  const condition = { type: TYPE, status, reason, message, lastTransitionTime, observedGeneration };
  return before ? conditions.map((one) => (one === before ? condition : one)) : [...conditions, condition];
}

/** Nothing is let go while nobody knows how many there are. Upstream: …#failSafe */
export function failSafe(budget: V1PodDisruptionBudget, message: string, nowMs: number): Status {
  const conditions = conditionsWith(budget, { isAllowed: false, reason: "SyncFailed", message }, nowMs);
  return { ...budget.status, disruptionsAllowed: 0, conditions };
}

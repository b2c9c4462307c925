/** A number of replicas that was recommended, or by which they were changed. */
interface Dated {
  readonly count: number;
  readonly atMs: number;
}

/** What is remembered of one autoscaler, the oldest first; a controller that starts anew remembers nothing. */
export interface ScalingHistory {
  /** Before they were stabilized. */
  readonly recommendations: readonly Dated[];
  readonly ups: readonly Dated[];
  readonly downs: readonly Dated[];
}

/** The longest stabilization window and period of a policy that the API accepts. */
const LONGEST_MS = 3_600_000;

export const noHistory: ScalingHistory = { recommendations: [], ups: [], downs: [] };

export function withRecommendation(history: ScalingHistory, count: number, nowMs: number): ScalingHistory {
  return { ...history, recommendations: [...fresh(history.recommendations, nowMs), { count, atMs: nowMs }] };
}

/** @param change Positive when there are more than before. */
export function withChange(history: ScalingHistory, change: number, nowMs: number): ScalingHistory {
  const dated = { count: Math.abs(change), atMs: nowMs };
  return change > 0
    ? { ...history, ups: [...fresh(history.ups, nowMs), dated] }
    : { ...history, downs: [...fresh(history.downs, nowMs), dated] };
}

/** By how much it was changed in the last period. Upstream: pkg/controller/podautoscaler/horizontal.go#getReplicasChangePerPeriod */
export function changedWithin(changes: readonly Dated[], periodSeconds: number, nowMs: number): number {
  return changes.filter(({ atMs }) => atMs > nowMs - periodSeconds * 1000).reduce((sum, { count }) => sum + count, 0);
}

/** Differs: upstream keeps what is too old until something new takes its place. */
function fresh(dated: readonly Dated[], nowMs: number): Dated[] {
  return dated.filter(({ atMs }) => atMs >= nowMs - LONGEST_MS);
}

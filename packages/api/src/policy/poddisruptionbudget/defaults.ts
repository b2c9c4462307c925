import type { Draft } from "@dingi/apimachinery";
import type { V1PodDisruptionBudget } from "./poddisruptionbudget.gen.ts";

/** Nothing is filled in but what is always there. */
export function defaultPodDisruptionBudget(budget: Draft<V1PodDisruptionBudget>): void {
  budget.spec ??= {};
  budget.status ??= freshStatus();
}

export const freshStatus = (): Draft<V1PodDisruptionBudget["status"]> => ({
  disruptionsAllowed: 0,
  currentHealthy: 0,
  desiredHealthy: 0,
  expectedPods: 0,
});

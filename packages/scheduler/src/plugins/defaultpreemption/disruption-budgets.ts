import { builtinKinds, type V1Pod } from "@dingi/api";
import { labelSelectorAsSelector, type KubeObject, type V1LabelSelector } from "@dingi/apimachinery";
import type { Informers } from "@dingi/client";

/** What matters of a PodDisruptionBudget here. */
export interface DisruptionBudget extends KubeObject {
  readonly spec?: { readonly selector?: V1LabelSelector };
  readonly status?: {
    readonly disruptionsAllowed?: number;
    /** Pods whose end is counted already, by name. */
    readonly disruptedPods?: Readonly<Record<string, string>>;
  };
}

/** None where the server has no such kind. */
export function disruptionBudgets(informers: Informers): () => readonly DisruptionBudget[] {
  const kind = builtinKinds.find((candidate) => candidate.kind === "PodDisruptionBudget");
  const informer = kind && informers.of(kind as never);
  return () => (informer?.list() ?? []) as readonly DisruptionBudget[];
}

/**
 * For each of the pods, in this order, how many budgets would be overdrawn if all before it ended, too.
 * Upstream: pkg/scheduler/framework/preemption/util.go#FilterVictimsWithPDBViolation
 */
export function violations(pods: readonly V1Pod[], budgets: readonly DisruptionBudget[]): number[] {
  const left = new Map(budgets.map((budget) => [budget, budget.status?.disruptionsAllowed ?? 0]));
  return pods.map(({ metadata }) => {
    let count = 0;
    for (const budget of budgets) {
      if (budget.metadata.namespace !== metadata.namespace || !covers(budget, metadata.labels ?? {})) continue;
      if (budget.status?.disruptedPods?.[metadata.name ?? ""] !== undefined) continue;
      const remaining = left.get(budget)! - 1;
      left.set(budget, remaining);
      if (remaining < 0) count++;
    }
    return count;
  });
}

/** One without a selector covers nothing here. */
function covers({ spec }: DisruptionBudget, labels: Readonly<Record<string, string>>): boolean {
  const selector = labelSelectorAsSelector(spec?.selector);
  return !selector.empty && Object.keys(labels).length > 0 && selector.matches(labels);
}

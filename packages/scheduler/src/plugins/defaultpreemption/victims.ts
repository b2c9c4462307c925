import type { V1Pod } from "@dingi/api";
import { violations, type DisruptionBudget } from "./disruption-budgets.ts";
import type { NodeInfo } from "../../cache/node-info.ts";
import { unresolvable, type PostFilterContext, type Status } from "../../framework/plugin.ts";

export const priorityOf = ({ spec }: V1Pod): number => spec.priority ?? 0;

/** What has not started yet counts as started now. */
const startOf = ({ status }: V1Pod, now: number): number => (status.startTime ? Date.parse(status.startTime) : now);

/** Most important first: the higher priority, then who runs longer. */
function byImportance(now: number): (a: V1Pod, b: V1Pod) => number {
  return (a, b) => priorityOf(b) - priorityOf(a) || startOf(a, now) - startOf(b, now);
}

/**
 * The least that has to go from a node so that the pod fits, most important first.
 * Upstream: pkg/scheduler/framework/plugins/defaultpreemption/default_preemption.go#SelectVictimsOnNode
 */
export function selectVictims(
  pod: V1Pod,
  node: NodeInfo,
  { context, budgets }: { context: PostFilterContext; budgets: readonly DisruptionBudget[] },
): Candidate | Status {
  const state = context.state.clone();
  const trial = node.clone();
  const possible = [...trial.pods].filter((other) => priorityOf(other) < priorityOf(pod));
  if (possible.length === 0) return unresolvable("No preemption victims found for incoming pod");
  const remove = (other: V1Pod) => {
    trial.removePod(other.metadata.uid ?? "");
    context.adjust(state, other, trial, -1);
  };
  for (const other of possible) remove(other);
  const status = context.fits(state, trial);
  if (status.code !== "success") return status;
  const sorted = possible.sort(byImportance(context.now));
  const overdrawn = violations(sorted, budgets);
  const ranked = sorted.map((other, i) => ({ other, overdraws: overdrawn[i]! }));
  const victims: V1Pod[] = [];
  let count = 0;
  // Those whose end a budget forbids are spared first.
  for (const { other, overdraws } of [
    ...ranked.filter(({ overdraws }) => overdraws > 0),
    ...ranked.filter(({ overdraws }) => overdraws === 0),
  ]) {
    trial.addPod(other);
    context.adjust(state, other, trial, 1);
    if (context.fits(state, trial).code === "success") continue;
    remove(other);
    victims.push(other);
    count += overdraws;
  }
  return { node: node.name, victims: victims.sort(byImportance(context.now)), violations: count };
}

/**
 * Where the least is lost: the fewest budgets overdrawn, then the lowest of the highest priorities, then the lowest sum, the fewest pods, and the most
 * important ones that began last. Upstream: pkg/scheduler/framework/preemption/preemption.go#pickOneNodeForPreemption
 */
export function pickNode(candidates: readonly Candidate[], now: number): Candidate | undefined {
  return candidates.reduce<Candidate | undefined>(
    (best, candidate) => (!best || comesBefore(cost(candidate, now), cost(best, now)) ? candidate : best),
    undefined,
  );
}

export interface Candidate {
  readonly node: string;
  readonly victims: readonly V1Pod[];
  /** How many disruption budgets are overdrawn. */
  readonly violations: number;
}

/** Raises priorities above 0, so that more pods always cost more. */
const OFFSET = 2 ** 31;

function cost({ victims, violations: overdrawn }: Candidate, now: number): readonly number[] {
  const highest = Math.max(...victims.map(priorityOf));
  const sum = victims.reduce((total, victim) => total + priorityOf(victim) + OFFSET, 0);
  const important = victims.filter((victim) => priorityOf(victim) === highest);
  const earliest = Math.min(...important.map((victim) => startOf(victim, now)));
  return [overdrawn, highest, sum, victims.length, -earliest];
}

function comesBefore(a: readonly number[], b: readonly number[]): boolean {
  const differs = a.findIndex((value, i) => value !== b[i]);
  return differs >= 0 && a[differs]! < b[differs]!;
}

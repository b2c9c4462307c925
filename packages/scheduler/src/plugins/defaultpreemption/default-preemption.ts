import type { V1Pod } from "@dingi/api";
import { fitMessage } from "../../framework/framework.ts";
import {
  unresolvable,
  type NoRoom,
  type Plugin,
  type PostFilterContext,
  type Preemption,
  type Status,
} from "../../framework/plugin.ts";
import type { DisruptionBudget } from "./disruption-budgets.ts";
import { pickNode, priorityOf, selectVictims, type Candidate } from "./victims.ts";

const MIN_CANDIDATES = 100;
const MIN_SHARE = 0.1;
const NOT_HELPFUL = unresolvable("Preemption is not helpful for scheduling");

/** Finds less important pods that can go. Upstream: pkg/scheduler/framework/plugins/defaultpreemption */
export function defaultPreemption(budgets: () => readonly DisruptionBudget[]): Plugin {
  return { name: "DefaultPreemption", postFilter: (pod, context) => postFilter(pod, context, budgets()) };
}

function postFilter(pod: V1Pod, context: PostFilterContext, budgets: readonly DisruptionBudget[]): Preemption | NoRoom {
  const objection = objectionTo(pod, context);
  if (objection !== undefined) return { message: `preemption: ${objection}`, clear: false };
  if (context.nodes.length === 0) return { message: "preemption: no nodes available", clear: false };
  const { candidates, failures } = findCandidates(pod, context, budgets);
  const best = pickNode(candidates, context.now);
  if (best) return best;
  return { message: `preemption: ${fitMessage({ nodeCount: context.nodes.length, failures })}`, clear: true };
}

/** Pods that were asked to go for this one may still be going. */
function objectionTo(pod: V1Pod, context: PostFilterContext): string | undefined {
  const { nodes, failures } = context;
  if (pod.spec.preemptionPolicy === "Never") return "not eligible due to preemptionPolicy=Never.";
  const nominated = context.nominatedNode;
  if (!nominated || failures.get(nominated)?.code === "unresolvable") return undefined;
  const node = nodes.find(({ name }) => name === nominated);
  const going = [...(node?.pods ?? [])].some((other) => priorityOf(other) < priorityOf(pod) && isPreempted(other));
  return going ? "not eligible due to a terminating pod on the nominated node." : undefined;
}

function isPreempted({ metadata, status }: V1Pod): boolean {
  return (
    metadata.deletionTimestamp !== undefined &&
    (status.conditions ?? []).some(
      ({ type, status: verdict, reason }) =>
        type === "DisruptionTarget" && verdict === "True" && reason === "PreemptionByScheduler",
    )
  );
}

/** Enough nodes to choose from, beginning anywhere. */
function findCandidates(
  pod: V1Pod,
  context: PostFilterContext,
  budgets: readonly DisruptionBudget[],
): { candidates: Candidate[]; failures: Map<string, Status> } {
  const { nodes, random } = context;
  const failures = new Map(nodes.map(({ name }) => [name, NOT_HELPFUL]));
  const hopeful = nodes.filter(({ name }) => context.failures.get(name)?.code === "unschedulable");
  const wanted = Math.min(hopeful.length, Math.max(Math.floor(hopeful.length * MIN_SHARE), MIN_CANDIDATES));
  const offset = hopeful.length > 0 ? random.int(hopeful.length) : 0;
  const candidates: Candidate[] = [];
  let harmless = 0;
  for (let i = 0; i < hopeful.length && !(harmless > 0 && candidates.length >= wanted); i++) {
    const node = hopeful[(offset + i) % hopeful.length]!;
    const found = selectVictims(pod, node, { context, budgets });
    if ("code" in found) failures.set(node.name, found);
    else if (found.victims.length > 0) candidates.push(found);
    if ("victims" in found && found.victims.length > 0 && found.violations === 0) harmless++;
  }
  return { candidates, failures };
}

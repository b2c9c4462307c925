import {
  Deployment,
  Pod,
  PodDisruptionBudget,
  ReplicaSet,
  ReplicationController,
  StatefulSet,
  type V1Pod,
  type V1PodDisruptionBudget,
} from "@dingi/api";
import {
  isConflict,
  keyOf,
  labelSelectorAsSelector,
  semanticEqual,
  type ObjectKey,
  type V1LabelSelector,
} from "@dingi/apimachinery";
import { describeError } from "@dingi/base";
import { choosing, labelIndexes, referenceTo, selectorIndexes } from "@dingi/client";
import {
  DONE,
  defineController,
  indexesOf,
  watchOf,
  type ReconcileContext,
  type Result,
} from "@dingi/controller-runtime";
import { podsSelectedBy } from "../selected-pods.ts";
import { selectorText } from "../selector-text.ts";
import { expectedScale } from "./expected-scale.ts";
import { failSafe, needsScale, planBudget } from "./plan.ts";

/** Says how many pods of a budget may go. Upstream: pkg/controller/disruption/disruption.go */
export const disruptionController = defineController({
  name: "disruption-controller",
  serviceAccount: "disruption-controller",
  for: PodDisruptionBudget,
  watches: [watchOf(Pod, budgetsOf)],
  reads: [Deployment, ReplicaSet, ReplicationController, StatefulSet],
  indexes: [
    ...indexesOf(Pod, labelIndexes),
    ...indexesOf(
      PodDisruptionBudget,
      selectorIndexes<V1PodDisruptionBudget>(({ spec }) => spec.selector && (spec.selector.matchLabels ?? {})),
    ),
  ],
  reconcile,
});

/** Also those that a pod has just left. */
function* budgetsOf(pod: V1Pod, { cache }: ReconcileContext, previous?: V1Pod): Iterable<ObjectKey> {
  for (const { metadata } of previous ? [pod, previous] : [pod]) {
    const { namespace = "", labels = {} } = metadata;
    for (const budget of choosing(cache.indexed(PodDisruptionBudget), { namespace, labels }))
      if (labelSelectorAsSelector(budget.spec.selector).matches(labels)) yield keyOf(budget);
  }
}

async function reconcile(key: ObjectKey, context: ReconcileContext): Promise<Result> {
  const { cache, clock } = context;
  const budget = cache.get(PodDisruptionBudget, key);
  if (!budget) return DONE;
  try {
    return await sync(budget, context);
  } catch (error) {
    // Somebody has just let a pod go; what is known now is too old to be written.
    if (isConflict(error)) throw error;
    await writeStatus(budget, failSafe(budget, describeError(error), clock.now()), context);
    throw error;
  }
}

async function sync(budget: V1PodDisruptionBudget, context: ReconcileContext): Promise<Result> {
  const { clock, events } = context;
  const about = referenceTo(PodDisruptionBudget, budget);
  const pods = podsOf(budget, context);
  if (pods.length === 0) events.event(about, "Normal", "NoPods", "No matching pods found");
  const { count: scale, unmanaged } = needsScale(budget)
    ? await scaleFor(budget, pods, context)
    : { count: 0, unmanaged: [] };
  if (unmanaged.length > 0) events.event(about, "Warning", "UnmanagedPods", unmanagedText(budget.spec.selector));
  const { status, notDeleted, waitMs } = planBudget({ budget, pods, scale, nowMs: clock.now() });
  for (const pod of notDeleted) {
    // Upstream names the namespace twice.
    const { namespace } = budget.metadata;
    const message = `Pod was expected by PDB ${namespace}/${namespace} to be deleted but it wasn't`;
    events.event(referenceTo(Pod, pod), "Warning", "NotDeleted", message);
  }
  await writeStatus(budget, status, context);
  return waitMs === undefined ? DONE : { requeueAfterMs: waitMs };
}

async function scaleFor(budget: V1PodDisruptionBudget, pods: readonly V1Pod[], context: ReconcileContext) {
  try {
    return await expectedScale(pods, context);
  } catch (error) {
    const message = `Failed to calculate the number of expected pods: ${describeError(error)}`;
    const about = referenceTo(PodDisruptionBudget, budget);
    context.events.event(about, "Warning", "CalculateExpectedPodCountFailed", message);
    throw error;
  }
}

/** A budget without a selector has none, one with an empty selector has all. */
function podsOf({ metadata, spec }: V1PodDisruptionBudget, { cache }: ReconcileContext): V1Pod[] {
  const { namespace = "" } = metadata;
  return podsSelectedBy(labelSelectorAsSelector(spec.selector), namespace, cache);
}

async function writeStatus(
  budget: V1PodDisruptionBudget,
  status: V1PodDisruptionBudget["status"],
  { client }: ReconcileContext,
): Promise<void> {
  if (!semanticEqual(status, budget.status))
    await client.update(PodDisruptionBudget, { ...budget, status }, { subresource: "status" });
}

function unmanagedText(selector: V1LabelSelector | undefined): string {
  return `Pods selected by this PodDisruptionBudget (selector: ${selectorText(selector)}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.`;
}

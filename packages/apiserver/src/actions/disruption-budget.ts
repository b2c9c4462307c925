import {
  PodDisruptionBudget,
  podDisruptionBudgetStatusStrategy,
  selectorOf,
  type V1Pod,
  type V1PodDisruptionBudget,
} from "@dingi/api";
import {
  keyOf,
  newForbidden,
  newTooManyRequests,
  newUnclassifiedError,
  StatusError,
  updateManagedFields,
  wireTime,
  type Draft,
  type V1Condition,
} from "@dingi/apimachinery";
import type { EndpointServices } from "../endpoints/endpoint.ts";
import type { WriteContext } from "../registry/request-context.ts";
import { draftOf } from "../registry/resource-store.ts";

/** So many evictions may wait for the controller to see them. */
const MAX_DISRUPTED_PODS = 2000;
const CONDITION = "DisruptionAllowed";
/** Upstream writes through a client of its own server. */
const MANAGER = "kube-apiserver";
const RETRY_SECONDS = 10;
const VIOLATED = "Cannot evict pod as it would violate the pod's disruption budget.";

/** The one budget that guards a pod. Throws StatusError 500 when there are several. */
export function budgetOf(pod: V1Pod, { feed }: EndpointServices): V1PodDisruptionBudget | undefined {
  const { namespace, labels = {} } = pod.metadata;
  const budgets: V1PodDisruptionBudget[] = [];
  for (const stored of feed
    .cache(PodDisruptionBudget as never)
    .snapshot()
    .values({ prefix: `${namespace}/` })) {
    const budget = stored.object as V1PodDisruptionBudget;
    if (selectorOf(budget.spec.selector)?.matches(labels)) budgets.push(budget);
  }
  if (budgets.length > 1) {
    const text = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
    throw newUnclassifiedError(text);
  }
  return budgets[0];
}

/** Whether the budget lets a pod go that is not ready, without counting it. */
export function letsUnhealthyGo({ spec, status }: V1PodDisruptionBudget): boolean {
  if (spec.unhealthyPodEvictionPolicy === "AlwaysAllow") return true;
  return status.currentHealthy >= status.desiredHealthy && status.desiredHealthy > 0;
}

/**
 * Takes one disruption from the budget, or throws why there is none. Whoever else takes one at the same time sees what this
 * has left. Upstream: pkg/registry/core/pod/storage/eviction.go#checkAndDecrement
 */
export async function takeDisruption(
  budget: V1PodDisruptionBudget,
  podName: string,
  { services, context }: { readonly services: EndpointServices; readonly context: WriteContext },
): Promise<void> {
  checkDisruption(budget);
  if (context.dryRun) return;
  const transform = async (current: unknown) => {
    const live = current as V1PodDisruptionBudget;
    checkDisruption(live);
    const nowMs = context.clock.now();
    const object = withoutDisruption(live, podName, nowMs);
    await updateManagedFields({
      kind: PodDisruptionBudget,
      apiVersion: PodDisruptionBudget.apiVersion,
      live,
      manager: MANAGER,
      subresource: "status",
      resetFields: podDisruptionBudgetStatusStrategy.resetFields ?? [],
      nowMs,
      object,
    });
    return object;
  };
  const strategy = podDisruptionBudgetStatusStrategy as never;
  const request = { key: keyOf(budget), strategy, createAllowed: false, retry: true, transform };
  await services.resourceStore(PodDisruptionBudget as never).update(request, context);
}

function withoutDisruption(
  budget: V1PodDisruptionBudget,
  podName: string,
  nowMs: number,
): Draft<V1PodDisruptionBudget> {
  const draft = draftOf(PodDisruptionBudget as never, budget) as Draft<V1PodDisruptionBudget>;
  const { status } = draft;
  status.disruptionsAllowed--;
  status.disruptedPods = { ...status.disruptedPods, [podName]: wireTime(nowMs) };
  if (status.disruptionsAllowed > 0) return draft;
  const conditions = status.conditions ?? [];
  const before = conditions.find(({ type }) => type === CONDITION);
  const condition: Draft<V1Condition> = {
    type: CONDITION,
    status: "False",
    observedGeneration: status.observedGeneration,
    lastTransitionTime: before?.status === "False" ? before.lastTransitionTime : wireTime(nowMs),
    reason: "InsufficientPods",
    message: "",
  };
  status.conditions = before ? conditions.map((one) => (one === before ? condition : one)) : [...conditions, condition];
  return draft;
}

function checkDisruption({ metadata, status }: V1PodDisruptionBudget): void {
  const { name = "" } = metadata;
  if ((status.observedGeneration ?? 0) < (metadata.generation ?? 0)) throw notProcessed(name);
  if (status.disruptionsAllowed < 0) throw denied(name, "pdb disruptions allowed is negative");
  if (Object.keys(status.disruptedPods ?? {}).length > MAX_DISRUPTED_PODS) {
    const pending = "too many pending evictions not confirmed by PDB controller";
    throw denied(name, "DisruptedPods map too big - too many evictions not confirmed by PDB controller", pending);
  }
  if (status.disruptionsAllowed === 0) throw withCause(newTooManyRequests(VIOLATED, 0), exhaustedText(name, status));
}

/** The controller has not seen the budget, or the pod was written since it was looked at: worth another try. */
export const notProcessed = (name: string): StatusError =>
  withCause(
    newTooManyRequests(VIOLATED, RETRY_SECONDS),
    `The disruption budget ${name} is still being processed by the server.`,
  );

function denied(name: string, why: string, cause = why): StatusError {
  const error = newForbidden({ group: "policy", resource: "poddisruptionbudget" }, name, why);
  return withCause(error, `The disruption budget ${name} does not allow evicting pods currently: ${cause}`);
}

function exhaustedText(name: string, status: V1PodDisruptionBudget["status"]): string {
  const condition = (status.conditions ?? []).find(({ type }) => type === CONDITION);
  const why = condition?.status === "False" && condition.message ? condition : undefined;
  const denial = `The disruption budget ${name} does not allow evicting pods currently`;
  if (why?.reason === "SyncFailed") return `${denial} because it failed sync: ${why.message}`;
  if (status.currentHealthy <= status.desiredHealthy) {
    return `The disruption budget ${name} needs ${status.desiredHealthy} healthy pods and has ${status.currentHealthy} currently`;
  }
  return why ? `${denial} (${why.reason}): ${why.message}` : denial;
}

function withCause({ status }: StatusError, message: string): StatusError {
  const causes = [{ reason: "DisruptionBudget", message }];
  return new StatusError({ ...status, details: { ...status.details, causes } });
}

import { isPodActive, Pod, ReplicaSet, type V1Pod, type V1ReplicaSet } from "@dingi/api";
import {
  equalJson,
  isNamespaceTerminating,
  isNotFound,
  keyOf,
  keyString,
  labelSelectorAsSelector,
  type ObjectKey,
} from "@dingi/apimachinery";
import { choosing, labelIndexes, referenceTo, selectorIndexes, withLabels } from "@dingi/client";
import { describeError } from "@dingi/base";
import {
  DONE,
  defineController,
  Expectations,
  indexesOf,
  watchOf,
  type ControllerCache,
  type ControllerDefinition,
  type ReconcileContext,
  type Result,
} from "@dingi/controller-runtime";
import type { Clock } from "@dingi/base";
import { candidatesFor, claim, controllerOf, controllerReference, ownedByUid, ownershipIndexes } from "../claim.ts";
import { planReplicas, replicaSetStatus, type ReplicaFailure, type ReplicaPlan } from "./plan.ts";

/** Keeps as many active Pods as `spec.replicas`. Upstream: pkg/controller/replicaset/replica_set.go */
export function replicaSetController(clock: Clock): ControllerDefinition {
  const expectations = new Expectations(clock);
  return defineController({
    name: "replicaset-controller",
    serviceAccount: "replicaset-controller",
    for: ReplicaSet,
    owns: [Pod],
    watches: [watchOf(Pod, matchingOrphan)],
    indexes: [
      ...indexesOf(Pod, { ...ownershipIndexes, ...labelIndexes }),
      ...indexesOf(ReplicaSet, ownershipIndexes),
      ...indexesOf(
        ReplicaSet,
        selectorIndexes<V1ReplicaSet>(({ spec }) => spec.selector?.matchLabels ?? {}),
      ),
    ],
    reconcile: (key, context) => reconcile(key, context, expectations),
  });
}

/** An orphan concerns every ReplicaSet that would adopt it. */
function* matchingOrphan(pod: V1Pod, { cache }: ReconcileContext): Iterable<ObjectKey> {
  if (controllerOf(pod) || pod.metadata.deletionTimestamp !== undefined) return;
  const { namespace = "", labels = {} } = pod.metadata;
  for (const replicaSet of choosing(cache.indexed(ReplicaSet), { namespace, labels }))
    if (labelSelectorAsSelector(replicaSet.spec.selector).matches(labels)) yield keyOf(replicaSet);
}

async function reconcile(key: ObjectKey, context: ReconcileContext, expectations: Expectations): Promise<Result> {
  const { cache, client, clock } = context;
  const rs = cache.get(ReplicaSet, key);
  if (!rs) {
    expectations.forget(keyString(key));
    return DONE; // deleted: the garbage collector owns its Pods now
  }
  const candidates = candidatesFor(rs, Pod, cache);
  const pods = await claim({ client, ownerKind: ReplicaSet, owner: rs, kind: Pod, candidates });
  const active = pods.filter(isPodActive);
  const settled = expectations.satisfied(keyString(key), new Set(active.map(({ metadata }) => metadata.uid ?? "")));
  let failure: ReplicaFailure | undefined;
  if (settled && rs.metadata.deletionTimestamp === undefined) {
    const rankOf = rankBy(relatedPods(rs, cache).filter(isPodActive));
    const plan = planReplicas(rs, active, { rankOf, nowMs: clock.now() });
    failure = await apply(rs, plan, context, expectations);
  }
  const status = replicaSetStatus(rs, pods, failure, clock.now());
  if (!equalJson(status, rs.status)) await client.update(ReplicaSet, { ...rs, status }, { subresource: "status" });
  if (failure) throw new Error(failure.message);
  return waitForAvailability(rs, status);
}

/**
 * The pods of all sets of the same owner: while a Deployment rolls, its old and new pods are crowded together.
 * Upstream: pkg/controller/replicaset/replica_set.go#getIndirectlyRelatedPods
 */
function relatedPods(rs: V1ReplicaSet, cache: ControllerCache): V1Pod[] {
  const controller = controllerOf(rs);
  const related = new Map<string, V1Pod>();
  for (const { metadata, spec } of controller ? ownedByUid(controller.uid, ReplicaSet, cache) : []) {
    const selector = labelSelectorAsSelector(spec.selector);
    const { namespace = "" } = metadata;
    const labels = spec.selector?.matchLabels ?? {};
    const pods =
      Object.keys(labels).length > 0
        ? withLabels(cache.indexed(Pod), { namespace, labels })
        : cache.list(Pod, namespace);
    for (const pod of pods) if (selector.matches(pod.metadata.labels ?? {})) related.set(pod.metadata.uid ?? "", pod);
  }
  return [...related.values()];
}

function rankBy(active: readonly V1Pod[]): (pod: V1Pod) => number {
  const perNode = new Map<string, number>();
  for (const { spec } of active) perNode.set(spec.nodeName ?? "", (perNode.get(spec.nodeName ?? "") ?? 0) + 1);
  return (pod) => perNode.get(pod.spec.nodeName ?? "") ?? 0;
}

function waitForAvailability(rs: V1ReplicaSet, status: V1ReplicaSet["status"]): Result {
  const minReady = rs.spec.minReadySeconds ?? 0;
  return minReady > 0 && (status.readyReplicas ?? 0) !== (status.availableReplicas ?? 0)
    ? { requeueAfterMs: minReady * 1000 }
    : DONE;
}

async function apply(
  rs: V1ReplicaSet,
  plan: ReplicaPlan,
  context: ReconcileContext,
  expectations: Expectations,
): Promise<ReplicaFailure | undefined> {
  const key = keyString({ namespace: rs.metadata.namespace ?? "", name: rs.metadata.name ?? "" });
  if (plan.create > 0) return await createPods(rs, plan.create, context, { key, expectations });
  const results = await Promise.allSettled(
    plan.remove.map((pod) => removePod(rs, pod, context, { key, expectations })),
  );
  const failed = results.find((result) => result.status === "rejected");
  return failed ? { reason: "FailedDelete", message: describeError(failed.reason) } : undefined;
}

interface Memory {
  readonly key: string;
  readonly expectations: Expectations;
}

/** In batches that double as long as none fails, so that a hopeless template does not flood the API server. */
async function createPods(
  rs: V1ReplicaSet,
  count: number,
  context: ReconcileContext,
  memory: Memory,
): Promise<ReplicaFailure | undefined> {
  let left = count;
  for (let batch = 1; left > 0; batch *= 2) {
    const size = Math.min(batch, left);
    const results = await Promise.allSettled(Array.from({ length: size }, () => createPod(rs, context, memory)));
    left -= size;
    const failed = results.find((result) => result.status === "rejected");
    if (!failed) continue;
    // Until the namespace is gone, whatever is made in it is refused; that is no failure of this ReplicaSet's.
    if (isNamespaceTerminating(failed.reason)) return undefined;
    const message = describeError(failed.reason);
    context.events.event(referenceTo(ReplicaSet, rs), "Warning", "FailedCreate", `Error creating: ${message}`);
    return { reason: "FailedCreate", message };
  }
  return undefined;
}

async function createPod(
  rs: V1ReplicaSet,
  { client, events }: ReconcileContext,
  { key, expectations }: Memory,
): Promise<void> {
  const { metadata, spec } = rs.spec.template!;
  const created = await client.create(Pod, {
    metadata: {
      generateName: `${rs.metadata.name}-`,
      namespace: rs.metadata.namespace,
      labels: metadata?.labels,
      annotations: metadata?.annotations,
      finalizers: metadata?.finalizers,
      ownerReferences: [controllerReference(ReplicaSet, rs)],
    },
    spec: spec!,
  });
  expectations.created(key, created.metadata.uid ?? "");
  events.event(referenceTo(ReplicaSet, rs), "Normal", "SuccessfulCreate", `Created pod: ${created.metadata.name}`);
}

async function removePod(
  rs: V1ReplicaSet,
  pod: V1Pod,
  { client, events }: ReconcileContext,
  { key, expectations }: Memory,
): Promise<void> {
  const { name = "", namespace = "", uid = "" } = pod.metadata;
  expectations.deleted(key, uid);
  try {
    await client.delete(Pod, { namespace, name }, { preconditions: { uid } });
    events.event(referenceTo(ReplicaSet, rs), "Normal", "SuccessfulDelete", `Deleted pod: ${name}`);
  } catch (error) {
    if (isNotFound(error)) return;
    expectations.forget(key);
    throw error;
  }
}

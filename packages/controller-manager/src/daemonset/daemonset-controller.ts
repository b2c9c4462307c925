import {
  ControllerRevision,
  DaemonSet,
  Node,
  Pod,
  type V1ControllerRevision,
  type V1DaemonSet,
  type V1Node,
  type V1Pod,
} from "@dingi/api";
import { keyOf, semanticEqual, type ObjectKey } from "@dingi/apimachinery";
import type { Clock } from "@dingi/base";
import { referenceTo } from "@dingi/client";
import {
  DONE,
  defineController,
  indexesOf,
  watchOf,
  type ControllerDefinition,
  type ReconcileContext,
  type Result,
} from "@dingi/controller-runtime";
import { candidatesFor, claim, orphanedPods, ownershipIndexes, podOwnerIndexes } from "../claim.ts";
import { deleteRevisions, recordTemplate, surplusRevisions, type History } from "../history/controller-history.ts";
import { createPod, deletePod, forAll, slowStart, untilAvailable } from "../pod-control.ts";
import { daemonPod, HASH_LABEL } from "./daemon-pod.ts";
import { FailedPodsBackoff } from "./failed-pods-backoff.ts";
import { fitFor } from "./node-fit.ts";
import { daemonSetStatus, planDaemonSet, type DaemonSetPlan, type Ended } from "./plan.ts";
import type { DaemonSetState } from "./placement.ts";

const selectorOf = ({ spec }: V1DaemonSet) => spec.selector;

/** Keeps one Pod on each node that fits. Upstream: pkg/controller/daemon/daemon_controller.go */
export function daemonSetController(clock: Clock): ControllerDefinition {
  const backoff = new FailedPodsBackoff(clock);
  return defineController({
    name: "daemonset-controller",
    serviceAccount: "daemon-set-controller",
    for: DaemonSet,
    owns: [Pod],
    watches: [orphanedPods(DaemonSet, selectorOf), watchOf(Node, setsOfNode)],
    indexes: [...podOwnerIndexes(DaemonSet, selectorOf), ...indexesOf(ControllerRevision, ownershipIndexes)],
    reconcile: (key, context) => reconcile(key, context, backoff),
  });
}

/** A node that comes, goes, or fits in another way than before. */
function* setsOfNode(node: V1Node, { cache }: ReconcileContext, previous?: V1Node): Iterable<ObjectKey> {
  const { labels } = node.metadata;
  if (
    previous &&
    semanticEqual(previous.metadata.labels, labels) &&
    semanticEqual(previous.spec.taints, node.spec.taints)
  )
    return;
  for (const daemonSet of cache.list(DaemonSet)) {
    const fit = fitFor(daemonSet);
    const before = previous ? fit(previous) : "none";
    if (fit(node) !== before) yield keyOf(daemonSet);
  }
}

async function reconcile(key: ObjectKey, context: ReconcileContext, backoff: FailedPodsBackoff): Promise<Result> {
  const { cache, client, clock } = context;
  const daemonSet = cache.get(DaemonSet, key);
  // Deleted, or about to be: the garbage collector owns its Pods and its history now.
  if (!daemonSet || daemonSet.metadata.deletionTimestamp !== undefined) return DONE;
  const history = await recordTemplate({ kind: DaemonSet, owner: daemonSet, hashLabel: HASH_LABEL }, context);
  const candidates = candidatesFor(daemonSet, Pod, cache);
  const pods = await claim({ client, ownerKind: DaemonSet, owner: daemonSet, kind: Pod, candidates });
  const backoffKey = (nodeName: string) =>
    `${daemonSet.metadata.uid}/${daemonSet.status.observedGeneration ?? 0}/${nodeName}`;
  const state: DaemonSetState = {
    daemonSet,
    pods,
    nodes: cache.list(Node),
    hash: hashOf(history.update),
    nowMs: clock.now(),
    backoffMs: (nodeName) => backoff.leftMs(backoffKey(nodeName)),
  };
  const plan = planDaemonSet(state);
  for (const { nodeName } of plan.ended.filter(isFailed)) backoff.replaced(backoffKey(nodeName));
  const failure = await perform(state, plan, context).then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  const status = daemonSetStatus(state, history.collisionCount);
  if (!semanticEqual(status, daemonSet.status))
    await client.update(DaemonSet, { ...daemonSet, status }, { subresource: "status" });
  if (failure) throw failure.error;
  await cleanUp(state, history, context);
  return soonest(plan.waitMs, untilAvailable(pods, daemonSet.spec.minReadySeconds ?? 0, clock.now()));
}

const isFailed = ({ pod }: Ended): boolean => pod.status.phase === "Failed";

const hashOf = ({ metadata }: V1ControllerRevision): string => metadata.labels?.[HASH_LABEL] ?? metadata.name ?? "";

function soonest(...waits: readonly (number | undefined)[]): Result {
  const known = waits.filter((ms) => ms !== undefined);
  return known.length > 0 ? { requeueAfterMs: Math.min(...known) } : DONE;
}

/** Upstream: …#syncNodes */
async function perform(
  { daemonSet, hash }: DaemonSetState,
  { create, remove, ended }: DaemonSetPlan,
  context: ReconcileContext,
): Promise<void> {
  for (const one of ended) tellOfEnded(daemonSet, one, context);
  const owner = { kind: DaemonSet, object: daemonSet };
  const { failure } = await slowStart(
    create,
    async (nodeName) => await createPod(owner, daemonPod(daemonSet, nodeName, hash), context),
  );
  await forAll(remove, async (pod) => await deletePod(owner, pod, context));
  if (failure) throw failure.error;
}

function tellOfEnded(daemonSet: V1DaemonSet, { pod, nodeName }: Ended, { events }: ReconcileContext): void {
  const about = referenceTo(DaemonSet, daemonSet);
  const place = `daemon pod ${pod.metadata.namespace}/${pod.metadata.name} on node ${nodeName}`;
  if (pod.status.phase === "Failed")
    events.event(about, "Warning", "FailedDaemonPod", `Found failed ${place}, will try to kill it`);
  else events.event(about, "Normal", "SucceededDaemonPod", `Found succeeded ${place}, will try to delete it`);
}

/** Upstream: pkg/controller/daemon/update.go#cleanupHistory */
async function cleanUp(
  { daemonSet, pods }: DaemonSetState,
  history: History,
  { client }: ReconcileContext,
): Promise<void> {
  const live = new Set(pods.map(({ metadata }: V1Pod) => metadata.labels?.[HASH_LABEL]));
  const old = history.revisions.filter((revision) => revision !== history.update);
  const limit = daemonSet.spec.revisionHistoryLimit ?? 10;
  await deleteRevisions(surplusRevisions({ old, limit, isLive: (revision) => live.has(hashOf(revision)) }), client);
}

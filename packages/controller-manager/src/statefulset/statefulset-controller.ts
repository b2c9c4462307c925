import {
  ControllerRevision,
  PersistentVolumeClaim,
  Pod,
  StatefulSet,
  type V1ControllerRevision,
  type V1Pod,
  type V1StatefulSet,
} from "@dingi/api";
import { semanticEqual, type ObjectKey } from "@dingi/apimachinery";
import { DONE, defineController, indexesOf, type ReconcileContext, type Result } from "@dingi/controller-runtime";
import { candidatesFor, claim, orphanedPods, ownershipIndexes, podOwnerIndexes } from "../claim.ts";
import {
  deleteRevisions,
  recordTemplate,
  surplusRevisions,
  templateOf,
  type History,
} from "../history/controller-history.ts";
import { slowStart, untilAvailable } from "../pod-control.ts";
import { ordinalOf, revisionOf } from "./identity.ts";
import { isOrdered, planStatefulSet, type StatefulSetState, type Step } from "./plan.ts";
import { StatefulPods } from "./stateful-pods.ts";
import { statefulSetStatus } from "./status.ts";

const HASH_LABEL = "controller.kubernetes.io/hash";
const selectorOf = ({ spec }: V1StatefulSet) => spec.selector;

/** Keeps numbered Pods, each with its name and its volumes. Upstream: pkg/controller/statefulset/stateful_set.go */
export const statefulSetController = defineController({
  name: "statefulset-controller",
  serviceAccount: "statefulset-controller",
  for: StatefulSet,
  owns: [Pod],
  watches: [orphanedPods(StatefulSet, selectorOf)],
  reads: [PersistentVolumeClaim],
  indexes: [...podOwnerIndexes(StatefulSet, selectorOf), ...indexesOf(ControllerRevision, ownershipIndexes)],
  reconcile,
});

async function reconcile(key: ObjectKey, context: ReconcileContext): Promise<Result> {
  const { cache, client, clock } = context;
  const set = cache.get(StatefulSet, key);
  if (!set) return DONE; // deleted: the garbage collector owns its Pods now
  const pods = await claim({
    client,
    ownerKind: StatefulSet,
    owner: set,
    kind: Pod,
    candidates: candidatesFor(set, Pod, cache),
    isMember: (pod) => ordinalOf(pod, set) !== undefined,
  });
  // Of what is going away the garbage collector takes the revisions too.
  if (set.metadata.deletionTimestamp !== undefined) {
    const { currentRevision: current = "", updateRevision: update = "", collisionCount = 0 } = set.status;
    const state = stateOf({ set, pods, revisions: { current, update } }, context);
    await writeStatus(set, statefulSetStatus({ ...state, collisionCount, rolled: [] }), context);
    return DONE;
  }
  const history = await recordTemplate({ kind: StatefulSet, owner: set, hashLabel: HASH_LABEL }, context);
  await advance({ set, pods, history }, context);
  const waitMs = untilAvailable(pods, set.spec.minReadySeconds ?? 0, clock.now());
  return waitMs === undefined ? DONE : { requeueAfterMs: waitMs };
}

interface Round {
  readonly set: V1StatefulSet;
  readonly pods: readonly V1Pod[];
  readonly history: History;
}

/** One step towards what is wanted. What fails is thrown once the status and the history are in order. */
async function advance({ set, pods, history }: Round, context: ReconcileContext): Promise<void> {
  const { update, collisionCount } = history;
  const current = history.revisions.find(({ metadata }) => metadata.name === set.status.currentRevision) ?? update;
  const revisions = { current: current.metadata.name ?? "", update: update.metadata.name ?? "" };
  const state = stateOf({ set, pods, revisions }, context);
  const { steps, rolled } = planStatefulSet(state);
  const sets = { current: asOf(set, current), update: asOf(set, update) };
  const statefulPods = new StatefulPods({ sets, revisions, context });
  const deleted = new Set<V1Pod>();
  const perform = async (step: Step) => {
    await statefulPods.perform(step);
    if (step.type === "delete") deleted.add(step.pod);
  };
  const failure = isOrdered(set) ? await oneByOne(steps, perform) : (await slowStart(steps, perform)).failure;
  const status = statefulSetStatus({ ...state, collisionCount, rolled: rolled.filter((pod) => deleted.has(pod)) });
  await writeStatus(set, status, context);
  await cleanUp(state, history, context);
  if (failure) throw failure.error;
}

async function oneByOne(
  steps: readonly Step[],
  perform: (step: Step) => Promise<void>,
): Promise<{ readonly error: unknown } | undefined> {
  try {
    for (const step of steps) await perform(step);
    return undefined;
  } catch (error) {
    return { error };
  }
}

function stateOf(
  known: Pick<StatefulSetState, "set" | "pods" | "revisions">,
  context: ReconcileContext,
): StatefulSetState {
  const { namespace = "" } = known.set.metadata;
  const { cache, clock } = context;
  return { ...known, claimOf: (name) => cache.get(PersistentVolumeClaim, { namespace, name }), nowMs: clock.now() };
}

/** The set with the template of a revision. Upstream: pkg/controller/statefulset/stateful_set_utils.go#ApplyRevision */
function asOf(set: V1StatefulSet, revision: V1ControllerRevision): V1StatefulSet {
  return { ...set, spec: { ...set.spec, template: templateOf(revision) ?? set.spec.template } };
}

async function writeStatus(
  set: V1StatefulSet,
  status: V1StatefulSet["status"],
  { client }: ReconcileContext,
): Promise<void> {
  if (!semanticEqual(status, set.status))
    await client.update(StatefulSet, { ...set, status }, { subresource: "status" });
}

/** Upstream: pkg/controller/statefulset/stateful_set_control.go#truncateHistory */
async function cleanUp(
  { set, pods, revisions }: StatefulSetState,
  history: History,
  { client }: ReconcileContext,
): Promise<void> {
  const live = new Set([revisions.current, revisions.update, ...pods.map(revisionOf)]);
  const old = history.revisions.filter(({ metadata }) => !live.has(metadata.name ?? ""));
  await deleteRevisions(
    surplusRevisions({ old, limit: set.spec.revisionHistoryLimit ?? 10, isLive: () => false }),
    client,
  );
}

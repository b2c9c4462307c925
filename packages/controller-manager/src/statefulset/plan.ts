import {
  isPodAvailable,
  isPodPhaseTerminal,
  isPodReady,
  Pod,
  scaledValue,
  type V1PersistentVolumeClaim,
  type V1Pod,
  type V1StatefulSet,
} from "@dingi/api";
import { hasStaleOwner, ownersToSet, retentionOf } from "./claim-owners.ts";
import { claimName, firstOrdinal, isItself, isWanted, ordinalOf, replicasOf, revisionOf } from "./identity.ts";

export interface StatefulSetState {
  readonly set: V1StatefulSet;
  /** Those whose names are the set's. */
  readonly pods: readonly V1Pod[];
  /** The names of the revisions that it comes from and goes to. */
  readonly revisions: { readonly current: string; readonly update: string };
  readonly claimOf: (name: string) => V1PersistentVolumeClaim | undefined;
  readonly nowMs: number;
}

export type Step =
  | { readonly type: "create"; readonly ordinal: number; readonly revision: "current" | "update" }
  /** The pod waits for claims that are not there. */
  | { readonly type: "create claims"; readonly pod: V1Pod; readonly ordinal: number }
  /** Name, volumes and claims' owners are not as they should be. */
  | { readonly type: "repair"; readonly pod: V1Pod; readonly ordinal: number }
  | { readonly type: "own claims"; readonly pod: V1Pod; readonly ordinal: number }
  | { readonly type: "delete"; readonly pod: V1Pod };

interface StatefulSetPlan {
  /** One after the other when pods are ordered, and together otherwise. */
  readonly steps: readonly Step[];
  /** The pods among those that are deleted to be made anew of the other revision. */
  readonly rolled: readonly V1Pod[];
}

/** What a replica or a phase comes to: with ordered pods, nothing behind what waits is looked at. */
interface Part {
  readonly steps: readonly Step[];
  readonly waits: boolean;
}

interface Numbered extends StatefulSetState {
  readonly byOrdinal: ReadonlyMap<number, V1Pod>;
}

const IDLE: Part = { steps: [], waits: false };

/** Pure. Upstream: pkg/controller/statefulset/stateful_set_control.go#updateStatefulSet */
export function planStatefulSet(given: StatefulSetState): StatefulSetPlan {
  if (given.set.metadata.deletionTimestamp !== undefined) return { steps: [], rolled: [] };
  const byOrdinal = new Map(given.pods.map((pod) => [ordinalOf(pod, given.set) ?? -1, pod]));
  const state: Numbered = { ...given, byOrdinal };
  const condemned = condemnedPods(state);
  const [firstUnavailable] = condemned.filter(({ pod }) => isUnavailable(pod, state)).slice(-1);
  const parts = inOrder(state, [
    ...ordinals(state.set).map((ordinal) => () => keepReplica(state, ordinal)),
    ...condemned.map(
      ({ pod, ordinal }) =>
        () =>
          ownClaims(state, pod, ordinal),
    ),
    ...condemned.map(
      ({ pod }) =>
        () =>
          condemn(state, pod, pod === firstUnavailable?.pod),
    ),
  ]);
  const rolled = parts.waits ? [] : podsToRoll(state);
  return { steps: [...parts.steps, ...rolled.map((pod) => ({ type: "delete" as const, pod }))], rolled };
}

function inOrder(state: StatefulSetState, parts: readonly (() => Part)[]): Part {
  const steps: Step[] = [];
  for (const part of parts) {
    const { steps: more, waits } = part();
    steps.push(...more);
    if (waits && isOrdered(state.set)) return { steps, waits: true };
  }
  return { steps, waits: false };
}

export const isOrdered = ({ spec }: V1StatefulSet): boolean => spec.podManagementPolicy !== "Parallel";

const ordinals = (set: V1StatefulSet): number[] =>
  Array.from({ length: replicasOf(set) }, (_, index) => firstOrdinal(set) + index);

const isTerminating = ({ metadata }: V1Pod): boolean => metadata.deletionTimestamp !== undefined;

const isAvailable = (pod: V1Pod, { set, nowMs }: StatefulSetState): boolean =>
  isPodAvailable(pod, set.spec.minReadySeconds ?? 0, nowMs);

const isUnavailable = (pod: V1Pod | undefined, state: StatefulSetState): boolean =>
  !pod || isTerminating(pod) || !isAvailable(pod, state);

const isHealthy = (pod: V1Pod, state: StatefulSetState): boolean =>
  pod.status.phase === "Running" && isPodReady(pod) && isAvailable(pod, state);

/** Those that the set does not want any more, the last one first. */
function condemnedPods({ set, byOrdinal }: Numbered): { readonly pod: V1Pod; readonly ordinal: number }[] {
  return [...byOrdinal]
    .map(([ordinal, pod]) => ({ pod, ordinal }))
    .filter(({ ordinal }) => ordinal >= 0 && !isWanted(ordinal, set))
    .sort((a, b) => b.ordinal - a.ordinal);
}

/** Upstream: …#processReplica */
function keepReplica(state: Numbered, ordinal: number): Part {
  const pod = state.byOrdinal.get(ordinal);
  if (!pod) return createReplica(state, ordinal);
  if (isPodPhaseTerminal(pod.status.phase))
    return { steps: isTerminating(pod) ? [] : [{ type: "delete", pod }], waits: true };
  const lacksClaims = pod.status.phase === "Pending" && claimNames(state, ordinal).some((name) => !state.claimOf(name));
  const steps: Step[] = lacksClaims ? [{ type: "create claims", pod, ordinal }] : [];
  if (!(isHealthy(pod, state) && !isTerminating(pod)) && isOrdered(state.set)) return { steps, waits: true };
  const isRight = isItself(pod, state.set, ordinal) && ownClaims(state, pod, ordinal) === IDLE;
  return { steps: isRight ? steps : [...steps, { type: "repair", pod, ordinal }], waits: false };
}

function createReplica(state: StatefulSetState, ordinal: number): Part {
  const { set, claimOf } = state;
  // A claim that goes with the pod before must be gone, or its data would turn up again.
  const unborn: V1Pod = { metadata: { name: `${set.metadata.name}-${ordinal}` }, spec: { containers: [] }, status: {} };
  const isStale = (name: string) => {
    const claim = claimOf(name);
    return claim !== undefined && hasStaleOwner(claim, Pod, unborn);
  };
  if (retentionOf(set).withScale && claimNames(state, ordinal).some(isStale)) return { steps: [], waits: true };
  return { steps: [{ type: "create", ordinal, revision: revisionFor(set, ordinal) }], waits: true };
}

/** Below the partition, pods stay what they were. Upstream: …#newVersionedStatefulSetPod */
function revisionFor(set: V1StatefulSet, ordinal: number): "current" | "update" {
  const { type, rollingUpdate } = set.spec.updateStrategy ?? {};
  if (type !== "RollingUpdate") return "update";
  const kept = rollingUpdate ? (rollingUpdate.partition ?? 0) : (set.status.currentReplicas ?? 0);
  return ordinal < firstOrdinal(set) + kept ? "current" : "update";
}

function claimNames({ set }: StatefulSetState, ordinal: number): string[] {
  return (set.spec.volumeClaimTemplates ?? []).map((template) => claimName(template, set, ordinal));
}

function ownClaims(state: StatefulSetState, pod: V1Pod, ordinal: number): Part {
  const { set, claimOf } = state;
  const isWrong = claimNames(state, ordinal).some((name) => {
    const claim = claimOf(name);
    return claim !== undefined && ownersToSet(claim, { set, pod, ordinal }) !== undefined;
  });
  return isWrong ? { steps: [{ type: "own claims", pod, ordinal }], waits: false } : IDLE;
}

/** Upstream: …#processCondemned */
function condemn(state: StatefulSetState, pod: V1Pod, isFirstUnavailable: boolean): Part {
  if (isTerminating(pod)) return { steps: [], waits: true };
  if (isOrdered(state.set) && !isHealthy(pod, state) && !isFirstUnavailable) return { steps: [], waits: true };
  return { steps: [{ type: "delete", pod }], waits: true };
}

/** Upstream: …#updateStatefulSetAfterInvariantEstablished */
function podsToRoll(state: Numbered): V1Pod[] {
  const { set, revisions } = state;
  const { type, rollingUpdate } = set.spec.updateStrategy ?? {};
  if (type === "OnDelete") return [];
  const replicas = ordinals(set).map((ordinal) => state.byOrdinal.get(ordinal));
  const unavailable = replicas.filter((pod) => isUnavailable(pod, state)).length;
  const room = maxUnavailable(set) - unavailable;
  const old = replicas
    .slice(rollingUpdate?.partition ?? 0)
    .filter((pod) => pod !== undefined)
    .filter((pod) => revisionOf(pod) !== revisions.update && !isTerminating(pod))
    .reverse();
  if (isOrdered(set)) return old.slice(0, Math.max(0, room));
  // What is broken already costs nothing; it would be broken for ever if the room went to what works.
  const broken = old.filter((pod) => !isAvailable(pod, state));
  const working = old.filter((pod) => isAvailable(pod, state));
  return [...broken, ...working.slice(0, Math.max(0, room))];
}

/** Upstream: pkg/controller/statefulset/stateful_set_utils.go#getStatefulSetMaxUnavailable */
function maxUnavailable(set: V1StatefulSet): number {
  return Math.max(1, scaledValue(set.spec.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1, replicasOf(set), "down"));
}

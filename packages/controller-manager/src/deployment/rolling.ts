import type { V1Deployment, V1ReplicaSet } from "@dingi/api";

/** "25%" or 3, of a total. Upstream: apimachinery/pkg/util/intstr/intstr.go#GetScaledValueFromIntOrPercent */
export function scaled(value: number | string | undefined, total: number, roundUp: boolean): number {
  if (value === undefined) return 0;
  if (typeof value === "number") return value;
  const exact = (Number.parseInt(value, 10) * total) / 100;
  return roundUp ? Math.ceil(exact) : Math.floor(exact);
}

export interface Bounds {
  readonly desired: number;
  readonly maxSurge: number;
  readonly maxUnavailable: number;
}

/** Upstream: pkg/controller/deployment/util/deployment_util.go#ResolveFenceposts */
export function boundsOf({ spec }: V1Deployment): Bounds {
  const desired = spec.replicas ?? 1;
  if (spec.strategy?.type === "Recreate") return { desired, maxSurge: 0, maxUnavailable: 0 };
  const { maxSurge, maxUnavailable } = spec.strategy?.rollingUpdate ?? {};
  const surge = scaled(maxSurge ?? "25%", desired, true);
  const unavailable = scaled(maxUnavailable ?? "25%", desired, false);
  // Without either, nothing could ever move.
  return {
    desired,
    maxSurge: surge,
    maxUnavailable: surge === 0 && unavailable === 0 ? 1 : Math.min(unavailable, Math.max(desired, 1)),
  };
}

const replicas = (rs: V1ReplicaSet): number => rs.spec.replicas ?? 0;
const sum = (sets: readonly V1ReplicaSet[], of: (rs: V1ReplicaSet) => number): number =>
  sets.reduce((total, rs) => total + of(rs), 0);

/** New sizes, by ReplicaSet; those that stay are left out. */
export type Sizes = ReadonlyMap<V1ReplicaSet, number>;

/** Grows the new set as far as the surge allows. Upstream: pkg/controller/deployment/util/deployment_util.go#NewRSNewReplicas */
export function growNew(bounds: Bounds, newSet: V1ReplicaSet, all: readonly V1ReplicaSet[]): Sizes {
  const size = replicas(newSet);
  if (size === bounds.desired) return new Map();
  if (size > bounds.desired) return new Map([[newSet, bounds.desired]]);
  const room = bounds.desired + bounds.maxSurge - sum(all, replicas);
  const wanted = room <= 0 ? size : Math.min(size + room, bounds.desired);
  return wanted === size ? new Map() : new Map([[newSet, wanted]]);
}

/** Shrinks old sets as far as availability allows, what is unhealthy first. Upstream: pkg/controller/deployment/rolling.go#reconcileOldReplicaSets */
export function shrinkOld(bounds: Bounds, newSet: V1ReplicaSet, old: readonly V1ReplicaSet[]): Sizes {
  if (sum(old, replicas) === 0) return new Map();
  const minAvailable = bounds.desired - bounds.maxUnavailable;
  const newUnavailable = replicas(newSet) - (newSet.status.availableReplicas ?? 0);
  let room = sum([...old, newSet], replicas) - minAvailable - newUnavailable;
  if (room <= 0) return new Map();
  const sizes = new Map<V1ReplicaSet, number>();
  const oldestFirst = [...old].sort((a, b) =>
    (a.metadata.creationTimestamp ?? "") < (b.metadata.creationTimestamp ?? "") ? -1 : 1,
  );
  for (const rs of oldestFirst) {
    const cut = Math.min(room, Math.max(0, replicas(rs) - (rs.status.availableReplicas ?? 0)));
    if (cut > 0) sizes.set(rs, replicas(rs) - cut);
    room -= cut;
  }
  let spare = sum([...old, newSet], (rs) => rs.status.availableReplicas ?? 0) - minAvailable;
  for (const rs of oldestFirst) {
    const size = sizes.get(rs) ?? replicas(rs);
    const cut = Math.min(spare, size);
    if (cut <= 0) continue;
    sizes.set(rs, size - cut);
    spare -= cut;
  }
  return sizes;
}

const DESIRED = "deployment.kubernetes.io/desired-replicas";
const MAX = "deployment.kubernetes.io/max-replicas";

/** Whether the deployment itself was resized since its sets were last annotated. */
export function isScaling(bounds: Bounds, all: readonly V1ReplicaSet[]): boolean {
  return all.some(
    (rs) =>
      replicas(rs) > 0 &&
      rs.metadata.annotations?.[DESIRED] !== undefined &&
      Number(rs.metadata.annotations[DESIRED]) !== bounds.desired,
  );
}

/** Resizes in the middle of a rollout: every set in proportion. Upstream: pkg/controller/deployment/sync.go#scale */
export function scaleProportionally(
  bounds: Bounds,
  newSet: V1ReplicaSet | undefined,
  old: readonly V1ReplicaSet[],
): Sizes {
  const all = [...(newSet ? [newSet] : []), ...old].filter((rs) => replicas(rs) > 0);
  if (all.length === 0)
    return newSet && replicas(newSet) !== bounds.desired ? new Map([[newSet, bounds.desired]]) : new Map();
  if (all.length === 1) return replicas(all[0]!) === bounds.desired ? new Map() : new Map([[all[0]!, bounds.desired]]);
  const total = sum(all, replicas);
  const toAdd = bounds.desired + bounds.maxSurge - total;
  if (bounds.desired === 0) return new Map(all.map((rs) => [rs, 0]));
  if (toAdd === 0) return new Map();
  const order = [...all].sort((a, b) => replicas(b) - replicas(a) || newerFirst(a, b) * Math.sign(toAdd));
  const sizes = new Map<V1ReplicaSet, number>();
  let left = toAdd;
  for (const rs of order) {
    const before = Number(rs.metadata.annotations?.[MAX] ?? 0) || total;
    const share = Math.round((replicas(rs) * (bounds.desired + bounds.maxSurge)) / before) - replicas(rs);
    const change = toAdd > 0 ? Math.min(Math.max(share, 0), left) : Math.max(Math.min(share, 0), left);
    sizes.set(rs, replicas(rs) + change);
    left -= change;
  }
  if (left !== 0) sizes.set(order[0]!, Math.max(0, sizes.get(order[0]!)! + left));
  return new Map([...sizes].filter(([rs, size]) => size !== replicas(rs)));
}

function newerFirst(a: V1ReplicaSet, b: V1ReplicaSet): number {
  return (b.metadata.creationTimestamp ?? "") < (a.metadata.creationTimestamp ?? "") ? -1 : 1;
}

export const REPLICA_ANNOTATIONS = { desired: DESIRED, max: MAX };

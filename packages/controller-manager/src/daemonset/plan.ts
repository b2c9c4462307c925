import { isPodAvailable, isPodPhaseTerminal, isPodReady, type V1DaemonSet, type V1Pod } from "@dingi/api";
import { HASH_LABEL, isUpdated } from "./daemon-pod.ts";
import type { Fit } from "./node-fit.ts";
import { place, updateLimits, type DaemonSetState, type Placed } from "./placement.ts";
import { planRollingUpdate, type Changes } from "./rolling-update.ts";

/** As many at once as this, of each kind. */
const BURST = 250;

export interface Ended {
  readonly pod: V1Pod;
  readonly nodeName: string;
}

export interface DaemonSetPlan extends Changes {
  /** Those among them that failed or came to an end by themselves. */
  readonly ended: readonly Ended[];
  /** When to look again. */
  readonly waitMs?: number | undefined;
}

/** Pure. Upstream: pkg/controller/daemon/daemon_controller.go#updateDaemonSet */
export function planDaemonSet(state: DaemonSetState): DaemonSetPlan {
  const placed = place(state);
  const plan = manage(placed);
  const isSettled = plan.create.length === 0 && plan.remove.length === 0;
  const rolls = isSettled && state.daemonSet.spec.updateStrategy?.type !== "OnDelete";
  const { create, remove, ...rest } = rolls ? { ...plan, ...planRollingUpdate(placed) } : plan;
  return { ...rest, create: create.slice(0, BURST), remove: remove.slice(0, BURST) };
}

function manage(placed: Placed): DaemonSetPlan {
  const parts = [...placed.fits].map(([nodeName, fit]) => manageNode(placed, nodeName, fit));
  // Nobody else removes what waits for a node that is gone.
  const lost = [...placed.podsOn]
    .filter(([nodeName]) => !placed.fits.has(nodeName))
    .flatMap(([, pods]) => pods.filter(({ spec }) => !spec.nodeName));
  const waits = parts.flatMap(({ waitMs }) => waitMs ?? []);
  return {
    create: parts.flatMap(({ create }) => create),
    remove: [...parts.flatMap(({ remove }) => remove), ...lost],
    ended: parts.flatMap(({ ended }) => ended),
    waitMs: waits.length > 0 ? Math.min(...waits) : undefined,
  };
}

const NOTHING: DaemonSetPlan = { create: [], remove: [], ended: [] };

/** Upstream: …#podsShouldBeOnNode */
function manageNode(placed: Placed, nodeName: string, fit: Fit): DaemonSetPlan {
  const pods = placed.podsOn.get(nodeName);
  if (!pods) return fit === "runs" ? { ...NOTHING, create: [nodeName] } : NOTHING;
  const alive = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  if (fit === "none") return { ...NOTHING, remove: alive };
  const running = alive.filter(({ status }) => !isPodPhaseTerminal(status.phase));
  const failed = alive.filter(({ status }) => status.phase === "Failed");
  const waitMs = failed.length > 0 ? placed.backoffMs(nodeName) : 0;
  const over = alive.filter(
    ({ status }) => status.phase === "Succeeded" || (status.phase === "Failed" && waitMs === 0),
  );
  const surges = allowsSurge(placed.daemonSet);
  return {
    create: surges && running.length === 0 && fit === "runs" ? [nodeName] : [],
    remove: [...over, ...(surges ? surplusWhileSurging(placed, running) : running.slice(1))],
    ended: over.map((pod) => ({ pod, nodeName })),
    waitMs: waitMs > 0 ? waitMs : undefined,
  };
}

/** Beside an old pod that is ready a new one may be, until it is available; all others are too many. */
function surplusWhileSurging({ daemonSet, hash, nowMs }: Placed, running: readonly V1Pod[]): V1Pod[] {
  if (running.length <= 1) return [];
  const isNew = ({ metadata }: V1Pod) => metadata.labels?.[HASH_LABEL] === hash;
  const [newPod, ...moreNew] = running.filter(isNew);
  const [oldPod, ...moreOld] = running.filter((pod) => !isNew(pod));
  const minReady = daemonSet.spec.minReadySeconds ?? 0;
  const isReplaced = newPod && oldPod && (!isPodReady(oldPod) || isPodAvailable(newPod, minReady, nowMs));
  return [...moreNew, ...moreOld, ...(isReplaced ? [oldPod] : [])];
}

const allowsSurge = (daemonSet: V1DaemonSet): boolean => updateLimits(daemonSet, 1).maxSurge > 0;

/** Pure. Upstream: …#updateDaemonSetStatus */
export function daemonSetStatus(state: DaemonSetState, collisionCount: number): V1DaemonSet["status"] {
  const { daemonSet, hash, nowMs } = state;
  const { fits, podsOn } = place(state);
  const wanted = [...fits].filter(([, fit]) => fit === "runs").map(([name]) => name);
  const oldest = wanted.flatMap((name) => podsOn.get(name)?.[0] ?? []);
  const ready = oldest.filter(isPodReady);
  const available = ready.filter((pod) => isPodAvailable(pod, daemonSet.spec.minReadySeconds ?? 0, nowMs)).length;
  const { conditions, collisionCount: before } = daemonSet.status;
  return {
    currentNumberScheduled: oldest.length,
    numberMisscheduled: [...fits].filter(([name, fit]) => fit !== "runs" && podsOn.has(name)).length,
    desiredNumberScheduled: wanted.length,
    numberReady: ready.length,
    observedGeneration: daemonSet.metadata.generation,
    updatedNumberScheduled: oldest.filter((pod) => isUpdated(pod, daemonSet, hash)).length,
    numberAvailable: available,
    numberUnavailable: wanted.length - available,
    ...(before === undefined && collisionCount === 0 ? {} : { collisionCount }),
    ...(conditions ? { conditions } : {}),
  };
}

import { isPodAvailable, type V1Pod } from "@dingi/api";
import { isUpdated } from "./daemon-pod.ts";
import { updateLimits, type Placed } from "./placement.ts";

export interface Changes {
  /** The names of nodes. */
  readonly create: readonly string[];
  readonly remove: readonly V1Pod[];
}

/** The pods of a node: one of each at most, or too many to tell. */
interface OnNode {
  readonly nodeName: string;
  readonly newPod?: V1Pod | undefined;
  readonly oldPod?: V1Pod | undefined;
  readonly isCrowded: boolean;
}

/** Pure. Upstream: pkg/controller/daemon/update.go#rollingUpdate */
export function planRollingUpdate(placed: Placed): Changes {
  const wanted = [...placed.fits].filter(([, fit]) => fit === "runs").map(([name]) => name);
  const { maxSurge, maxUnavailable } = updateLimits(placed.daemonSet, wanted.length);
  const names = new Set([...wanted, ...placed.podsOn.keys()]);
  const nodes = [...names].map((nodeName) => onNode(placed, nodeName));
  return maxSurge === 0
    ? replace(placed, nodes, maxUnavailable)
    : surge(placed, nodes, { maxSurge, wanted: wanted.length });
}

function onNode({ daemonSet, podsOn, hash }: Placed, nodeName: string): OnNode {
  const alive = (podsOn.get(nodeName) ?? []).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const [newPod, ...moreNew] = alive.filter((pod) => isUpdated(pod, daemonSet, hash));
  const [oldPod, ...moreOld] = alive.filter((pod) => !isUpdated(pod, daemonSet, hash));
  return { nodeName, newPod, oldPod, isCrowded: moreNew.length + moreOld.length > 0 };
}

const isAvailable = (pod: V1Pod | undefined, { daemonSet, nowMs }: Placed): boolean =>
  pod !== undefined && isPodAvailable(pod, daemonSet.spec.minReadySeconds ?? 0, nowMs);

/** Old pods go, and new ones come where they were. What does not work is no loss. */
function replace(placed: Placed, nodes: readonly OnNode[], maxUnavailable: number): Changes {
  const outdated = nodes.filter(({ isCrowded, newPod, oldPod }) => !isCrowded && oldPod && !newPod);
  const working = outdated.filter(({ oldPod }) => isAvailable(oldPod, placed));
  const broken = outdated.filter(({ oldPod }) => !isAvailable(oldPod, placed));
  const others = nodes.filter((node) => !outdated.includes(node));
  const unavailable = others.filter(
    ({ isCrowded, newPod, oldPod }) => isCrowded || oldPod !== undefined || !isAvailable(newPod, placed),
  );
  const room = Math.max(0, maxUnavailable - unavailable.length - broken.length);
  return { create: [], remove: [...broken, ...working.slice(0, room)].map(({ oldPod }) => oldPod!) };
}

/** New pods come beside old ones, which go once the new ones are available. */
function surge(placed: Placed, nodes: readonly OnNode[], limits: { maxSurge: number; wanted: number }): Changes {
  const clear = nodes.filter(({ isCrowded }) => !isCrowded);
  const both = clear.filter(({ newPod, oldPod }) => newPod && oldPod);
  const waiting = both.filter(({ newPod }) => !isAvailable(newPod, placed));
  const replaced = both.filter(({ newPod }) => isAvailable(newPod, placed));
  const outdated = clear.filter(({ newPod, oldPod }) => oldPod && !newPod);
  const isWanted = ({ nodeName }: OnNode) => placed.fits.get(nodeName) === "runs";
  const broken = outdated.filter(({ oldPod }) => !isAvailable(oldPod, placed));
  const working = outdated.filter(({ oldPod }) => isAvailable(oldPod, placed));
  const room = Math.max(0, limits.maxSurge - waiting.length - (nodes.length - clear.length));
  // What runs where it should not goes only when there is enough elsewhere.
  const available = clear.filter(({ newPod, oldPod }) => isAvailable(oldPod ?? newPod, placed)).length;
  const spare = Math.max(0, available - limits.wanted);
  const leaving = working.filter((node) => !isWanted(node)).slice(0, spare);
  const brokenElsewhere = broken.filter((node) => !isWanted(node));
  return {
    create: [...broken.filter(isWanted), ...working.filter(isWanted).slice(0, room)].map(({ nodeName }) => nodeName),
    remove: [...brokenElsewhere, ...replaced, ...leaving].map(({ oldPod }) => oldPod!),
  };
}

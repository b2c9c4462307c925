import { isPodPhaseTerminal, scaledValue, type V1DaemonSet, type V1Node, type V1Pod } from "@dingi/api";
import { targetNode } from "./daemon-pod.ts";
import { fitFor, type Fit } from "./node-fit.ts";

export interface DaemonSetState {
  readonly daemonSet: V1DaemonSet;
  readonly nodes: readonly V1Node[];
  readonly pods: readonly V1Pod[];
  /** Of the template as it is now. */
  readonly hash: string;
  readonly nowMs: number;
  /** How long a failed pod of a node has to stay yet. */
  readonly backoffMs: (nodeName: string) => number;
}

/** What is known of the nodes and their pods. */
export interface Placed extends DaemonSetState {
  readonly fits: ReadonlyMap<string, Fit>;
  readonly podsOn: ReadonlyMap<string, readonly V1Pod[]>;
}

export function place(state: DaemonSetState): Placed {
  const fit = fitFor(state.daemonSet);
  const fits = new Map(state.nodes.map((node) => [node.metadata.name ?? "", fit(node)]));
  const podsOn = Map.groupBy(state.pods.filter(isOfConcern), (pod) => targetNode(pod) ?? "");
  podsOn.delete(""); // Of no node that could be told.
  return { ...state, fits, podsOn: new Map([...podsOn].map(([name, pods]) => [name, pods.toSorted(oldestFirst)])) };
}

/** What has ended and is deleted already waits for its finalizers only. */
const isOfConcern = (pod: V1Pod): boolean =>
  !(isPodPhaseTerminal(pod.status.phase) && pod.metadata.deletionTimestamp !== undefined);

/** Those that have their node come before all. Upstream: …#podByCreationTimestampAndPhase */
function oldestFirst(a: V1Pod, b: V1Pod): number {
  const rank = ({ metadata, spec }: V1Pod) =>
    `${spec.nodeName ? 0 : 1} ${metadata.creationTimestamp ?? ""} ${metadata.name ?? ""}`;
  return rank(a) < rank(b) ? -1 : 1;
}

/** How many nodes may have two pods, or none, while the set is updated. Upstream: pkg/controller/daemon/util/daemonset_util.go#SurgeCount, #UnavailableCount */
export function updateLimits({ spec }: V1DaemonSet, wanted: number): { maxSurge: number; maxUnavailable: number } {
  const { type, rollingUpdate } = spec.updateStrategy ?? {};
  const limits = type === "RollingUpdate" ? rollingUpdate : undefined;
  const maxSurge = scaledValue(limits?.maxSurge ?? 0, wanted, "up");
  const maxUnavailable = scaledValue(limits?.maxUnavailable ?? 0, wanted, "up");
  // Without either, nothing could ever move.
  return wanted > 0 && maxSurge === 0 && maxUnavailable === 0
    ? { maxSurge, maxUnavailable: 1 }
    : { maxSurge, maxUnavailable };
}

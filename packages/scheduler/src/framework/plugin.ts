import type { V1Pod } from "@dingi/api";
import type { Random } from "@dingi/base";
import type { NodeInfo } from "../cache/node-info.ts";
import { snapshotOf, type Snapshot } from "../cache/snapshot.ts";
import type { ClusterEvent } from "./cluster-event.ts";

/** What became of a step. Upstream: kube-scheduler/framework/interface.go#Status */
export type Status =
  | { readonly code: "success" }
  /** The pod does not fit; something in the cluster has to change. */
  | { readonly code: "unschedulable"; readonly reasons: readonly string[] }
  /** The pod does not fit, and taking other pods away would not help. */
  | { readonly code: "unresolvable"; readonly reasons: readonly string[] }
  /** The step does not apply to the pod. */
  | { readonly code: "skip" }
  /** Permit: the decision comes later. */
  | { readonly code: "wait"; readonly timeoutMs: number };

/** Who turned a pod down, and why. */
export interface Refusal {
  readonly plugin: string;
  readonly status: Status;
}

export const SUCCESS: Status = { code: "success" };
export const SKIP: Status = { code: "skip" };
export const unschedulable = (...reasons: string[]): Status => ({ code: "unschedulable", reasons });
export const unresolvable = (...reasons: string[]): Status => ({ code: "unresolvable", reasons });

/** What plugins remember between the steps of one pod's scheduling. */
export class CycleState {
  readonly #values = new Map<string, unknown>();
  /** All nodes, those included that the pod does not fit on. */
  readonly snapshot: Snapshot;
  /** Plugins whose Filter does not concern the pod. */
  readonly skipped = new Set<Plugin>();

  constructor(snapshot: Snapshot = snapshotOf([])) {
    this.snapshot = snapshot;
  }

  get nodes(): readonly NodeInfo[] {
    return this.snapshot.nodes;
  }

  /** For trying out: what can be changed (and says how it is cloned) is no longer shared. */
  clone(): CycleState {
    const copy = new CycleState(this.snapshot);
    for (const plugin of this.skipped) copy.skipped.add(plugin);
    for (const [key, value] of this.#values) copy.write(key, isClonable(value) ? value.clone() : value);
    return copy;
  }

  read<T>(key: string): T | undefined {
    return this.#values.get(key) as T | undefined;
  }

  write(key: string, value: unknown): void {
    this.#values.set(key, value);
  }
}

function isClonable(value: unknown): value is { clone(): unknown } {
  return typeof value === "object" && value !== null && "clone" in value && typeof value.clone === "function";
}

/** Room that another pod is to be given by taking pods away. */
export interface Preemption {
  readonly node: string;
  readonly victims: readonly V1Pod[];
}

/** Found no room, and why; `clear` when the pod's nominated node is of no use any more. */
export interface NoRoom {
  readonly message: string;
  readonly clear: boolean;
}

/** What PostFilter plugins look at. */
export interface PostFilterContext {
  readonly state: CycleState;
  readonly nodes: readonly NodeInfo[];
  /** By node. */
  readonly failures: ReadonlyMap<string, Status>;
  /** The node on which room is being made for the pod already. */
  readonly nominatedNode: string | undefined;
  readonly random: Random;
  readonly now: number;
  /** Whether the pod fits on a node as it is given, beside the pods that are nominated for it. */
  fits(state: CycleState, node: NodeInfo): Status;
  /** Tells plugins that the state is to be for a node with one pod more or less. */
  adjust(state: CycleState, other: V1Pod, node: NodeInfo, delta: 1 | -1): void;
}

/** A pod that this plugin turned down: is it worth another try? Pure. */
export interface QueueingHint {
  readonly resource: ClusterEvent["resource"];
  readonly actions: readonly ClusterEvent["action"][];
  worthTrying(pod: V1Pod, event: ClusterEvent): boolean;
}

/** A node with one pod more or less. */
export interface PodChange {
  readonly other: V1Pod;
  readonly node: NodeInfo;
  readonly delta: 1 | -1;
}

/** The node that a pod is being bound to. */
export interface BindTarget {
  readonly node: string;
  readonly signal: AbortSignal;
}

/** One or more of the extension points, in the order in which they are called. */
export interface Plugin {
  /** Upstream's name, such as "NodeResourcesFit". */
  readonly name: string;
  /** Whether the pod may enter the queue at all. */
  preEnqueue?(pod: V1Pod): Status;
  preFilter?(state: CycleState, pod: V1Pod, nodes: readonly NodeInfo[]): Status;
  filter?(state: CycleState, pod: V1Pod, node: NodeInfo): Status;
  /** Changes what `preFilter` wrote, as if the node had one pod more or less. */
  adjust?(state: CycleState, pod: V1Pod, change: PodChange): void;
  /** Called when no node fits; may find out how to make room. Pure. */
  postFilter?(pod: V1Pod, context: PostFilterContext): Preemption | NoRoom;
  preScore?(state: CycleState, pod: V1Pod, nodes: readonly NodeInfo[]): Status;
  /** 0 to 100 unless `normalize` follows. */
  score?(state: CycleState, pod: V1Pod, node: NodeInfo): number;
  /** Brings raw scores, in the order of the nodes, into 0 to 100. */
  normalize?(scores: number[], state: CycleState, nodes: readonly NodeInfo[]): void;
  reserve?(state: CycleState, pod: V1Pod, node: string): Status;
  unreserve?(state: CycleState, pod: V1Pod, node: string): void;
  permit?(state: CycleState, pod: V1Pod, node: string): Status;
  preBind?(state: CycleState, pod: V1Pod, target: BindTarget): Promise<Status>;
  bind?(state: CycleState, pod: V1Pod, node: string, signal: AbortSignal): Promise<Status>;
  postBind?(state: CycleState, pod: V1Pod, node: string): void;
  readonly hints?: readonly QueueingHint[];
}

export interface WeightedPlugin {
  readonly plugin: Plugin;
  /** How much its score counts. */
  readonly weight: number;
}

export const MAX_SCORE = 100;

/** The best raw score becomes 100, others in proportion; `reverse` when less is better. Upstream: plugins/helper/normalize_score.go */
export function normalizeScores(scores: number[], reverse: boolean): void {
  const max = Math.max(0, ...scores);
  for (let i = 0; i < scores.length; i++) {
    const share = max === 0 ? 0 : Math.floor((scores[i]! * MAX_SCORE) / max);
    scores[i] = reverse ? MAX_SCORE - share : share;
  }
}

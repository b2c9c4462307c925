import type { V1Pod } from "@dingi/api";
import type { Random } from "@dingi/base";
import type { NodeInfo } from "../cache/node-info.ts";
import type { Snapshot } from "../cache/snapshot.ts";
import {
  type BindTarget,
  CycleState,
  SUCCESS,
  type NoRoom,
  type Plugin,
  type PodChange,
  type Preemption,
  type Refusal,
  type Status,
  type WeightedPlugin,
} from "./plugin.ts";
import type { Permission } from "./waiting-pods.ts";

/** Why a pod cannot be placed now. */
export interface FitError {
  readonly nodeCount: number;
  /** By node. */
  readonly failures: ReadonlyMap<string, Status>;
  /** The plugins that turned the pod down. */
  readonly plugins: ReadonlySet<string>;
  readonly state: CycleState;
  /** Why no node was looked at. */
  readonly preFilter?: readonly string[];
}

/** The pods that are to get room on a node. */
type Nominations = (node: string) => readonly V1Pod[];
const NONE_NOMINATED: Nominations = () => [];

interface Search {
  readonly wanted: number;
  readonly start: number;
  /** The node to try first: room was made there. */
  readonly prefer?: string | undefined;
  readonly nominated?: Nominations;
}

interface PostFilterHow {
  readonly nominatedNode?: string | undefined;
  readonly random: Random;
  readonly now: number;
  readonly nominated: Nominations;
}

/** `processed` counts the nodes that were looked at: the next search begins after them. */
type Feasible = (Fitting | FitError) & { readonly processed: number };

interface Fitting {
  readonly nodes: readonly NodeInfo[];
  readonly state: CycleState;
}

/** Calls a profile's plugins at each extension point. Upstream: pkg/scheduler/framework/runtime/framework.go */
export class Framework {
  readonly #plugins: readonly WeightedPlugin[];
  readonly #filters: readonly Plugin[];
  readonly plugins: readonly Plugin[];

  constructor(plugins: readonly WeightedPlugin[]) {
    this.#plugins = plugins;
    this.plugins = plugins.map(({ plugin }) => plugin);
    this.#filters = this.plugins.filter((plugin) => plugin.filter);
  }

  /** The nodes that the pod fits on; at most `wanted`, beginning with the node at `start`. */
  findFeasible(pod: V1Pod, snapshot: Snapshot, search: Search): Feasible {
    const state = new CycleState(snapshot);
    const all = snapshot.nodes;
    const refused = this.#preFilter(state, pod);
    if (refused) {
      const failures = new Map(all.map(({ name }) => [name, refused.status]));
      const plugins = new Set([refused.plugin]);
      const preFilter = reasonsOf(refused.status);
      return { nodeCount: all.length, failures, plugins, state, preFilter, processed: 0 };
    }
    const nominated = search.nominated ?? NONE_NOMINATED;
    const preferred = search.prefer === undefined ? undefined : snapshot.node(search.prefer);
    if (preferred && !this.#failure(state, pod, preferred, nominated))
      return { nodes: [preferred], state, processed: 0 };
    const failures = new Map<string, Status>();
    const rejecting = new Set<string>();
    const nodes: NodeInfo[] = [];
    for (let i = 0; i < all.length && nodes.length < search.wanted; i++) {
      const node = all[(search.start + i) % all.length]!;
      const failed = this.#failure(state, pod, node, nominated);
      if (!failed) nodes.push(node);
      else {
        failures.set(node.name, failed.status);
        rejecting.add(failed.plugin);
      }
    }
    const processed = nodes.length + failures.size;
    if (nodes.length > 0) return { nodes, state, processed };
    return { nodeCount: all.length, failures, plugins: rejecting, state, processed };
  }

  #preFilter(state: CycleState, pod: V1Pod): Refusal | undefined {
    for (const plugin of this.plugins) {
      const status = plugin.preFilter?.(state, pod, state.nodes) ?? SUCCESS;
      if (status.code === "skip") state.skipped.add(plugin);
      else if (status.code !== "success") return { plugin: plugin.name, status };
    }
    return undefined;
  }

  /**
   * A pod has to fit beside those that are nominated for the node and as important, and without them, too: they may come
   * to lie elsewhere. Upstream: pkg/scheduler/framework/runtime/framework.go#RunFilterPluginsWithNominatedPods
   */
  #failure(state: CycleState, pod: V1Pod, node: NodeInfo, nominated: Nominations): Refusal | undefined {
    const all = nominated(node.name);
    if (all.length === 0) return this.#firstFailure(state, pod, node);
    const rivals = all.filter(
      (other) => other.metadata.uid !== pod.metadata.uid && (other.spec.priority ?? 0) >= (pod.spec.priority ?? 0),
    );
    if (rivals.length > 0) {
      const crowdedState = state.clone();
      const crowded = node.clone();
      for (const other of rivals) {
        crowded.addPod(other);
        this.adjust(crowdedState, pod, { other, node: crowded, delta: 1 });
      }
      const failed = this.#firstFailure(crowdedState, pod, crowded);
      if (failed) return failed;
    }
    return this.#firstFailure(state, pod, node);
  }

  #firstFailure(state: CycleState, pod: V1Pod, node: NodeInfo): Refusal | undefined {
    for (const plugin of this.#filters) {
      if (state.skipped.has(plugin)) continue;
      const status = plugin.filter!(state, pod, node);
      if (status.code !== "success") return { plugin: plugin.name, status };
    }
    return undefined;
  }

  /** The nodes' states with one pod more or less. */
  adjust(state: CycleState, pod: V1Pod, change: PodChange): void {
    for (const plugin of this.plugins) if (!state.skipped.has(plugin)) plugin.adjust?.(state, pod, change);
  }

  /** How room can be made for a pod that fits nowhere; undefined if nobody knows how to. */
  postFilter(pod: V1Pod, error: FitError, how: PostFilterHow): Preemption | NoRoom | undefined {
    const plugin = this.plugins.find((candidate) => candidate.postFilter);
    return plugin?.postFilter?.(pod, {
      state: error.state,
      nodes: error.state.nodes,
      failures: error.failures,
      nominatedNode: how.nominatedNode,
      random: how.random,
      now: how.now,
      fits: (state, node) => this.#failure(state, pod, node, how.nominated)?.status ?? SUCCESS,
      adjust: (state, other, node, delta) => this.adjust(state, pod, { other, node, delta }),
    });
  }

  /** Total scores, in the order of the nodes. */
  score(state: CycleState, pod: V1Pod, nodes: readonly NodeInfo[]): number[] {
    const totals = nodes.map(() => 0);
    for (const { plugin, weight } of this.#plugins) {
      if (!plugin.score || plugin.preScore?.(state, pod, nodes).code === "skip") continue;
      const scores = nodes.map((node) => plugin.score!(state, pod, node));
      plugin.normalize?.(scores, state, nodes);
      for (let i = 0; i < scores.length; i++) totals[i]! += scores[i]! * weight;
    }
    return totals;
  }

  /** Reserve of all plugins, then Permit of all; undoes what was reserved when one refuses. */
  reserve(state: CycleState, pod: V1Pod, node: string): Permission {
    const permission = this.#reserveAndPermit(state, pod, node);
    if (permission.refusal) this.unreserve(state, pod, node);
    return permission;
  }

  #reserveAndPermit(state: CycleState, pod: V1Pod, node: string): Permission {
    const waits = new Map<string, number>();
    for (const plugin of this.plugins) {
      const status = plugin.reserve?.(state, pod, node) ?? SUCCESS;
      if (isRefusal(status)) return { refusal: { plugin: plugin.name, status }, waits };
    }
    for (const plugin of this.plugins) {
      const status = plugin.permit?.(state, pod, node) ?? SUCCESS;
      if (status.code === "wait") waits.set(plugin.name, status.timeoutMs);
      else if (isRefusal(status)) return { refusal: { plugin: plugin.name, status }, waits };
    }
    return { waits };
  }

  unreserve(state: CycleState, pod: V1Pod, node: string): void {
    for (const plugin of this.plugins.toReversed()) plugin.unreserve?.(state, pod, node);
  }

  /** PreBind, Bind and PostBind: the first plugin that binds has the say. */
  async bind(state: CycleState, pod: V1Pod, target: BindTarget): Promise<void> {
    const { node, signal } = target;
    for (const plugin of this.plugins) {
      const status = (await plugin.preBind?.(state, pod, target)) ?? SUCCESS;
      if (isRefusal(status))
        throw new Error(`Plugin "${plugin.name}" refused to bind: ${reasonsOf(status).join(", ")}`);
    }
    for (const plugin of this.plugins) {
      const status = await plugin.bind?.(state, pod, node, signal);
      if (status && status.code !== "skip") break;
    }
    for (const plugin of this.plugins) plugin.postBind?.(state, pod, node);
  }
}

function isRefusal({ code }: Status): boolean {
  return code !== "success" && code !== "skip";
}

export function reasonsOf(status: Status): readonly string[] {
  return status.code === "unschedulable" || status.code === "unresolvable" ? status.reasons : [];
}

/** "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable." Upstream: pkg/scheduler/framework/types.go#FitError */
export function fitMessage(error: Pick<FitError, "nodeCount" | "failures" | "preFilter">): string {
  const { nodeCount, failures, preFilter } = error;
  if (nodeCount === 0) return "no nodes available to schedule pods";
  if (preFilter) return `0/${nodeCount} nodes are available: ${preFilter.join(", ")}.`;
  const counts = new Map<string, number>();
  for (const status of failures.values())
    for (const reason of reasonsOf(status)) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const texts = [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
  return `0/${nodeCount} nodes are available: ${texts.join(", ")}.`;
}

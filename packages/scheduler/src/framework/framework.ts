import type { V1Pod } from "@dingi/api";
import type { NodeInfo } from "../cache/node-info.ts";
import { CycleState, SUCCESS, type Plugin, type Status, type WeightedPlugin } from "./plugin.ts";

/** Why a pod cannot be placed now. */
export interface FitError {
  readonly nodeCount: number;
  /** By node. */
  readonly failures: ReadonlyMap<string, Status>;
  /** The plugins that turned the pod down. */
  readonly plugins: ReadonlySet<string>;
}

export type Feasible = { readonly nodes: readonly NodeInfo[]; readonly state: CycleState } | FitError;

/** Calls a profile's plugins at each extension point. Upstream: pkg/scheduler/framework/runtime/framework.go */
export class Framework {
  readonly #plugins: readonly WeightedPlugin[];

  constructor(plugins: readonly WeightedPlugin[]) {
    this.#plugins = plugins;
  }

  get plugins(): readonly Plugin[] {
    return this.#plugins.map(({ plugin }) => plugin);
  }

  /** The nodes that the pod fits on; at most `wanted`, beginning with the node at `start`. */
  findFeasible(pod: V1Pod, all: readonly NodeInfo[], search: { wanted: number; start: number }): Feasible {
    const state = new CycleState();
    const skipped = new Set<Plugin>();
    const failures = new Map<string, Status>();
    const rejecting = new Set<string>();
    for (const plugin of this.plugins) {
      const status = plugin.preFilter?.(state, pod, all) ?? SUCCESS;
      if (status.code === "skip") skipped.add(plugin);
      else if (status.code !== "success") {
        for (const { name } of all) failures.set(name, status);
        return { nodeCount: all.length, failures, plugins: new Set([plugin.name]) };
      }
    }
    const filters = this.plugins.filter((plugin) => plugin.filter && !skipped.has(plugin));
    const nodes: NodeInfo[] = [];
    for (let i = 0; i < all.length && nodes.length < search.wanted; i++) {
      const node = all[(search.start + i) % all.length]!;
      const failed = firstFailure(filters, state, pod, node);
      if (!failed) nodes.push(node);
      else {
        failures.set(node.name, failed.status);
        rejecting.add(failed.plugin);
      }
    }
    return nodes.length > 0 ? { nodes, state } : { nodeCount: all.length, failures, plugins: rejecting };
  }

  /** Total scores, in the order of the nodes. */
  score(state: CycleState, pod: V1Pod, nodes: readonly NodeInfo[]): number[] {
    const totals = nodes.map(() => 0);
    for (const { plugin, weight } of this.#plugins) {
      if (!plugin.score || plugin.preScore?.(state, pod, nodes).code === "skip") continue;
      const scores = nodes.map((node) => plugin.score!(state, pod, node));
      plugin.normalize?.(scores);
      for (let i = 0; i < scores.length; i++) totals[i]! += scores[i]! * weight;
    }
    return totals;
  }

  /** Reserve and Permit; undoes what was reserved when one refuses. */
  reserve(state: CycleState, pod: V1Pod, node: string): Status {
    for (const plugin of this.plugins) {
      const status = plugin.reserve?.(state, pod, node) ?? plugin.permit?.(state, pod, node) ?? SUCCESS;
      if (status.code === "success" || status.code === "skip") continue;
      this.unreserve(state, pod, node);
      return status;
    }
    return SUCCESS;
  }

  unreserve(state: CycleState, pod: V1Pod, node: string): void {
    for (const plugin of this.plugins.toReversed()) plugin.unreserve?.(state, pod, node);
  }

  /** PreBind, Bind and PostBind: the first plugin that binds has the say. */
  async bind(state: CycleState, pod: V1Pod, target: { node: string; signal: AbortSignal }): Promise<void> {
    const { node, signal } = target;
    for (const plugin of this.plugins) {
      const status = (await plugin.preBind?.(state, pod, node, signal)) ?? SUCCESS;
      if (status.code !== "success" && status.code !== "skip")
        throw new Error(`Plugin "${plugin.name}" refused to bind: ${reasonsOf(status).join(", ")}`);
    }
    for (const plugin of this.plugins) {
      const status = await plugin.bind?.(state, pod, node, signal);
      if (status && status.code !== "skip") break;
    }
    for (const plugin of this.plugins) plugin.postBind?.(state, pod, node);
  }
}

function firstFailure(
  filters: readonly Plugin[],
  state: CycleState,
  pod: V1Pod,
  node: NodeInfo,
): { plugin: string; status: Status } | undefined {
  for (const plugin of filters) {
    const status = plugin.filter!(state, pod, node);
    if (status.code !== "success") return { plugin: plugin.name, status };
  }
  return undefined;
}

export function reasonsOf(status: Status): readonly string[] {
  return status.code === "unschedulable" || status.code === "unresolvable" ? status.reasons : [];
}

/** "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable." Upstream: pkg/scheduler/framework/types.go#FitError */
export function fitMessage({ nodeCount, failures }: FitError): string {
  if (nodeCount === 0) return "0/0 nodes are available: no nodes available to schedule pods";
  const counts = new Map<string, number>();
  for (const status of failures.values())
    for (const reason of reasonsOf(status)) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const texts = [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
  return `0/${nodeCount} nodes are available: ${texts.join(", ")}.`;
}

import type { V1Node, V1Pod } from "@dingi/api";
import { NodeInfo } from "../cache/node-info.ts";
import { CycleState, type Plugin, type Status } from "../framework/plugin.ts";
import { snapshotOf } from "../cache/snapshot.ts";

let count = 0;

/** A pod of the namespace "ns" with a uid of its own. */
export function podWith(
  spec: Partial<V1Pod["spec"]>,
  labels: Record<string, string> = {},
  status: V1Pod["status"] = {},
): V1Pod {
  const name = `pod-${++count}`;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "ns", uid: name, labels },
    spec: { containers: [], ...spec },
    status,
  };
}

export const asking = (requests: Record<string, string>, more: Partial<V1Pod["spec"]> = {}): V1Pod =>
  podWith({ containers: [{ name: "a", resources: { requests } }], ...more });

/** A node with a hostname, in a zone, that has these pods. */
export function nodeWith(
  name: string,
  { zone, pods = [], allocatable = {}, ...status }: Partial<V1Node["status"]> & { zone?: string; pods?: V1Pod[] },
): NodeInfo {
  const labels = {
    "kubernetes.io/hostname": name,
    ...(zone === undefined ? {} : { "topology.kubernetes.io/zone": zone }),
  };
  const info = new NodeInfo({
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels },
    spec: {},
    status: { ...status, allocatable },
  });
  for (const pod of pods) info.addPod(pod);
  return info;
}

/** What a plugin says of each node: "success", "skip" for all, or the reasons. */
export function verdicts(plugin: Plugin, pod: V1Pod, nodes: readonly NodeInfo[]): string[] {
  const state = new CycleState(snapshotOf(nodes));
  const before = plugin.preFilter?.(state, pod, nodes);
  const text = (status: Status | undefined) =>
    status && "reasons" in status ? status.reasons.join(", ") : (status?.code ?? "success");
  return nodes.map((node) => (before?.code === "skip" ? "skip" : text(plugin.filter?.(state, pod, node))));
}

/** Normalized scores; undefined when the plugin has no preference. */
export function scoresOf(plugin: Plugin, pod: V1Pod, nodes: readonly NodeInfo[]): number[] | undefined {
  const state = new CycleState(snapshotOf(nodes));
  if (plugin.preScore?.(state, pod, nodes).code === "skip") return undefined;
  const scores = nodes.map((node) => plugin.score!(state, pod, node));
  plugin.normalize?.(scores, state, nodes);
  return scores;
}

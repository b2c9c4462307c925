import { GroupedPods } from "./pod-groups.ts";
import type { NodeInfo } from "./node-info.ts";

/** The nodes that one pod is placed on, with what would otherwise be searched for among all of them. */
export interface Snapshot {
  readonly nodes: readonly NodeInfo[];
  /** Of all pods on these nodes. */
  readonly groups: GroupedPods;
  node(name: string): NodeInfo | undefined;
  /** How many nodes have an image. */
  nodesWithImage(image: string): number;
}

/** Of a few nodes, by looking at all of them. */
export function snapshotOf(nodes: readonly NodeInfo[]): Snapshot {
  const groups = new GroupedPods();
  for (const node of nodes) for (const pod of node.pods) groups.add(pod, node);
  return {
    nodes,
    groups,
    node: (name) => nodes.find((node) => node.name === name),
    nodesWithImage: (image) => nodes.filter(({ images }) => images.has(image)).length,
  };
}

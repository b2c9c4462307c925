import type { NodeInfo } from "./node-info.ts";

/** The nodes that one pod is placed on, with what would otherwise be searched for among all of them. */
export interface Snapshot {
  readonly nodes: readonly NodeInfo[];
  /** Those that have pods which say near what, or far from what, they are to be. */
  readonly nodesWithAffinity: readonly NodeInfo[];
  node(name: string): NodeInfo | undefined;
  /** How many nodes have an image. */
  nodesWithImage(image: string): number;
}

/** Of a few nodes, by looking at all of them. */
export function snapshotOf(nodes: readonly NodeInfo[]): Snapshot {
  return {
    nodes,
    nodesWithAffinity: nodes.filter(({ hasAffinity }) => hasAffinity),
    node: (name) => nodes.find((node) => node.name === name),
    nodesWithImage: (image) => nodes.filter(({ images }) => images.has(image)).length,
  };
}

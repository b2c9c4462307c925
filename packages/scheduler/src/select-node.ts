import type { Random } from "@dingi/base";
import type { NodeInfo } from "./cache/node-info.ts";

/** The node with the best score; by chance among equals. */
export function selectNode(nodes: readonly NodeInfo[], scores: readonly number[], random: Random): NodeInfo {
  let best = 0;
  let equals = 1;
  for (let i = 1; i < nodes.length; i++) {
    if (scores[i]! > scores[best]!) {
      best = i;
      equals = 1;
    } else if (scores[i] === scores[best] && random.int(++equals) === 0) best = i;
  }
  return nodes[best]!;
}

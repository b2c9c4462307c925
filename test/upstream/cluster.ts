import type { Target } from "../conformance/target.ts";
export function upstreamCluster(_options: { nodes: number }): Promise<Target> {
  return Promise.reject(new Error("not yet"));
}

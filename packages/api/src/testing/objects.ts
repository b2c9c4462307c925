import type { V1Node } from "../core/node/index.ts";
import type { V1Container, V1Pod, V1PodSpec } from "../core/pod/index.ts";

/** A pod with defaults left out; rules that need them say so. */
export function podOf(spec: Partial<V1PodSpec>, status: V1Pod["status"] = {}): V1Pod {
  return { metadata: { name: "pod", namespace: "default" }, spec: { containers: [], ...spec }, status } as V1Pod;
}

export function containerOf(
  name: string,
  requests: Record<string, string> = {},
  rest: Partial<V1Container> = {},
): V1Container {
  return { name, image: "busybox", resources: { requests }, ...rest };
}

export function nodeOf(labels: Record<string, string>, name = "node"): V1Node {
  return { metadata: { name, labels }, spec: {}, status: {} };
}

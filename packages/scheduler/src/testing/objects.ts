import type { V1Node, V1Pod } from "@dingi/api";

/** A pod with as much as a test says. */
export function podOf(
  spec: Partial<V1Pod["spec"]>,
  metadata: V1Pod["metadata"] = {},
  status: V1Pod["status"] = {},
): V1Pod {
  return { apiVersion: "v1", kind: "Pod", metadata, spec: { containers: [], ...spec }, status };
}

export function nodeOf(spec: V1Node["spec"], allocatable: Record<string, string> = {}, name = "n"): V1Node {
  return { apiVersion: "v1", kind: "Node", metadata: { name }, spec, status: { allocatable } };
}

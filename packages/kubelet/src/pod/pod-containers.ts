import type { V1Container, V1Pod } from "@dingi/api";

/** Where in a pod a container stands. */
export type ContainerKind = "initContainers" | "containers" | "ephemeralContainers";

/** Initial, ordinary and ephemeral containers, in this order. */
export function everyContainer({ spec }: V1Pod): readonly V1Container[] {
  return [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...(spec.ephemeralContainers ?? [])];
}

export function kindOfContainer({ spec }: V1Pod, name: string): ContainerKind {
  const has = (list: readonly { readonly name: string }[] = []) => list.some((container) => container.name === name);
  if (has(spec.initContainers)) return "initContainers";
  return has(spec.ephemeralContainers) ? "ephemeralContainers" : "containers";
}

/** "name_namespace(uid)". Upstream: pkg/kubelet/util/format/pod.go#Pod */
export function formatPod({ metadata: { name = "", namespace = "", uid = "" } }: V1Pod): string {
  return `${name}_${namespace}(${uid})`;
}

import type { FieldPath } from "@dingi/apimachinery";
import type { V1Container, V1PodSpec } from "../pod.gen.ts";

const LISTS = ["initContainers", "containers", "ephemeralContainers"] as const;

interface VisitedContainer {
  readonly container: V1Container;
  readonly field: FieldPath;
}

/** All containers of a pod in upstream's order: init, main, ephemeral. Upstream: pkg/apis/core/pods/helpers.go#VisitContainersWithPath */
export function visitContainers(spec: V1PodSpec, field: FieldPath): VisitedContainer[] {
  const visited: VisitedContainer[] = [];
  for (const list of LISTS) {
    const containers = spec[list] as readonly V1Container[] | undefined | null;
    if (!containers) continue;
    const at = field.child(list);
    for (const [i, container] of containers.entries()) visited.push({ container, field: at.index(i) });
  }
  return visited;
}

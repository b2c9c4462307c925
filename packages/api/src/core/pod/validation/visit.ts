import type { FieldPath } from "@dingi/apimachinery";
import type { V1Container, V1PodSpec } from "../pod.gen.ts";

export interface VisitedContainer {
  readonly container: V1Container;
  readonly field: FieldPath;
}

/** All containers of a pod in upstream's order: init, main, ephemeral. Upstream: pkg/apis/core/pods/helpers.go#VisitContainersWithPath */
export function visitContainers(spec: V1PodSpec, field: FieldPath): VisitedContainer[] {
  const lists = ["initContainers", "containers", "ephemeralContainers"] as const;
  return lists.flatMap((list) =>
    ((spec[list] ?? []) as readonly V1Container[]).map((container, i) => ({
      container,
      field: field.child(list).index(i),
    })),
  );
}

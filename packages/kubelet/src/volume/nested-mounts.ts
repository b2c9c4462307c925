import { posix } from "node:path";
import type { V1Container, V1Pod } from "@dingi/api";

/**
 * Directories, relative to a volume, on which containers mount other volumes: they have to be there, because the runtime
 * cannot make them in a volume that is read-only. Upstream: pkg/volume/util/nested_volumes.go#getNestedMountpoints
 */
export function nestedMountPoints(pod: V1Pod, volume: string): string[] {
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec;
  const all: readonly Pick<V1Container, "volumeMounts">[] = [...initContainers, ...containers, ...ephemeralContainers];
  return [...new Set(all.flatMap((container) => nestedIn(container, volume)))];
}

function nestedIn({ volumeMounts = [] }: Pick<V1Container, "volumeMounts">, volume: string): string[] {
  const paths = volumeMounts.map(({ mountPath }) => posix.normalize(`/${mountPath}`).replace(/(.)\/$/, "$1"));
  const own = volumeMounts.flatMap(({ name }, index) =>
    name === volume ? [`${paths[index]!.replace(/^\/$/, "")}/`] : [],
  );
  return own.flatMap((outer) => {
    const inner = paths.filter((path) => path.startsWith(outer) && path !== outer).toSorted();
    return outermost(inner).map((path) => path.slice(outer.length));
  });
}

/** Without those that lie below another: these are made in the other volume, or by the runtime. */
function outermost(paths: readonly string[]): string[] {
  return paths.filter((path) => !paths.some((other) => path.startsWith(`${other}/`)));
}

import type { V1Container, V1Pod } from "@dingi/api";

/** Whether a container that is killed is started again: it has no exit code that rules could look at. */
export function restartsAfterKill(pod: V1Pod, container: V1Container): boolean {
  return (container.restartPolicy ?? pod.spec.restartPolicy) !== "Never";
}

import { matchingRestartRule, type V1Container, type V1Pod, type V1PodStatus } from "@dingi/api";
import type { ContainerStatus } from "@dingi/cri";
import { containerName, latestContainer, type PodRuntime } from "../runtime/pod-runtime.ts";

/** Shown while all containers of a pod are being started anew, because one ended as one of its rules says. */
export const RESTARTING_CONDITION = "AllContainersRestarting";
export const RESTARTING_REASON = "RestartingAllContainers";
export const RESTARTING_MESSAGE = "The container is removed because RestartAllContainers in place";

/** Whether any rule of the pod could ask for it. */
export function couldRestartAll(pod: V1Pod): boolean {
  return lasting(pod).some(({ restartPolicyRules = [] }) =>
    restartPolicyRules.some(({ action }) => action === "RestartAllContainers"),
  );
}

/** The container whose end asks for all to be started anew. */
export function restartAllSource(pod: V1Pod, runtime: PodRuntime): V1Container | undefined {
  return lasting(pod).find((container) => {
    const latest = latestContainer(runtime, container.name);
    return latest !== undefined && isSource(container, latest);
  });
}

/** Whether the API server has been told that the pod's containers are being started anew. */
export function isToldRestarting({ conditions = [] }: V1PodStatus): boolean {
  return conditions.some(({ type, status }) => type === RESTARTING_CONDITION && status === "True");
}

/** Whether all of them are removed. */
export function isCleanedUp(pod: V1Pod, runtime: PodRuntime): boolean {
  return lasting(pod).every(({ name }) => latestContainer(runtime, name) === undefined);
}

/**
 * Everything to remove, in this order: those that asked for it last, so that a kubelet that is interrupted goes on with it.
 * Upstream: pkg/kubelet/kuberuntime/kuberuntime_manager.go#getContainersToReset
 */
export function containersToReset(pod: V1Pod, runtime: PodRuntime): readonly ContainerStatus[] {
  const attempts = (containers: readonly V1Container[] = []) =>
    containers.flatMap((container) =>
      runtime.containers
        .filter((status) => containerName(status) === container.name)
        .map((status) => ({ status, source: isSource(container, status) })),
    );
  const all = [...attempts(pod.spec.containers), ...attempts(pod.spec.initContainers)];
  return [...all.filter(({ source }) => !source), ...all.filter(({ source }) => source)].map(({ status }) => status);
}

function isSource(container: V1Container, { state, exitCode }: ContainerStatus): boolean {
  return state === "CONTAINER_EXITED" && matchingRestartRule(container, exitCode)?.action === "RestartAllContainers";
}

/** Ephemeral containers are never started anew. */
function lasting({ spec }: V1Pod): readonly V1Container[] {
  return [...(spec.initContainers ?? []), ...spec.containers];
}

import type { ContainerRuntime, ContainerStatus, PodSandboxStatus } from "@dingi/cri";
import { CONTAINER_NAME_LABEL, POD_NAMESPACE_LABEL, POD_NAME_LABEL, POD_UID_LABEL } from "./labels.ts";

/** What the runtime has of one pod, newest first. */
export interface PodRuntime {
  readonly uid: string;
  readonly name: string;
  readonly namespace: string;
  readonly sandboxes: readonly PodSandboxStatus[];
  /** All attempts of all containers; their pod-level names are in the labels. */
  readonly containers: readonly ContainerStatus[];
}

export function containerName(container: ContainerStatus): string {
  return container.labels[CONTAINER_NAME_LABEL] ?? container.metadata.name;
}

/** The newest attempt of a container. */
export function latestContainer(runtime: PodRuntime, name: string): ContainerStatus | undefined {
  return runtime.containers.find((container) => containerName(container) === name);
}

export function isRunning(
  container: ContainerStatus | undefined,
): container is ContainerStatus & { readonly state: "CONTAINER_RUNNING" } {
  return container?.state === "CONTAINER_RUNNING";
}

/** The sandbox that containers can be started in. */
export function readySandbox(runtime: PodRuntime): PodSandboxStatus | undefined {
  const newest = runtime.sandboxes[0];
  return newest?.state === "SANDBOX_READY" ? newest : undefined;
}

/** Reads everything of one pod; `found` is told each id before its state is read. What vanishes meanwhile is left out. */
export async function readPodRuntime(
  cri: ContainerRuntime,
  pod: { uid: string; name: string; namespace: string },
  signal: AbortSignal,
  found?: (id: string) => void,
): Promise<PodRuntime> {
  const labelSelector = { [POD_UID_LABEL]: pod.uid };
  const [sandboxes, containers] = await Promise.all([
    cri.runtime.listPodSandbox({ labelSelector }, { signal }),
    cri.runtime.listContainers({ labelSelector }, { signal }),
  ]);
  for (const { id } of [...sandboxes, ...containers]) found?.(id);
  const [sandboxStatuses, containerStatuses] = await Promise.all([
    Promise.all(
      sandboxes.map(({ id }) =>
        cri.runtime.podSandboxStatus(id, { signal }).then((answer) => answer.status, ignoreMissing),
      ),
    ),
    Promise.all(
      containers.map(({ id }) =>
        cri.runtime.containerStatus(id, { signal }).then((answer) => answer.status, ignoreMissing),
      ),
    ),
  ]);
  return {
    ...pod,
    sandboxes: sandboxStatuses.filter((status) => status !== undefined).sort(newestFirst),
    containers: containerStatuses.filter((status) => status !== undefined).sort(newestFirst),
  };
}

interface Made {
  readonly createdAtMs: number;
  readonly metadata: { readonly attempt: number };
}

/** What was made in the same millisecond is told apart by its attempt. */
function newestFirst(a: Made, b: Made): number {
  return b.createdAtMs - a.createdAtMs || b.metadata.attempt - a.metadata.attempt;
}

function ignoreMissing(error: unknown): undefined {
  if ((error as { code?: string }).code === "NotFound") return undefined;
  throw error;
}

/** The pods that the runtime knows, whether the API server still does or not. */
export async function listRuntimePods(
  cri: ContainerRuntime,
  signal: AbortSignal,
): Promise<{ uid: string; name: string; namespace: string }[]> {
  const [sandboxes, containers] = await Promise.all([
    cri.runtime.listPodSandbox({}, { signal }),
    cri.runtime.listContainers({}, { signal }),
  ]);
  const pods = new Map<string, { uid: string; name: string; namespace: string }>();
  for (const { labels } of [...sandboxes, ...containers]) {
    const uid = labels[POD_UID_LABEL];
    if (uid) pods.set(uid, { uid, name: labels[POD_NAME_LABEL] ?? "", namespace: labels[POD_NAMESPACE_LABEL] ?? "" });
  }
  return [...pods.values()];
}

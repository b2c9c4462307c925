import type { V1Container, V1Pod } from "@dingi/api";
import { quantityValue } from "@dingi/apimachinery";
import type { ContainerRuntime, ContainerStatus } from "@dingi/cri";
import { containerResources, podCgroup, podCgroupResources } from "../container/resources.ts";
import type { CgroupResources, Host, NodeResources } from "../host/host.ts";
import { isRunning, latestContainer, type PodRuntime } from "../runtime/pod-runtime.ts";
import { POD_LEVEL, type PodResources } from "./pod-resources.ts";

interface ResizeInput {
  readonly cri: ContainerRuntime;
  readonly host: Host;
  readonly cgroupRoot: string;
  readonly nodeResources: NodeResources;
  /** With what is allocated to it. */
  readonly pod: V1Pod;
  readonly resources: PodResources;
  readonly runtime: PodRuntime;
  readonly signal: AbortSignal;
}

interface Update {
  readonly container: V1Container;
  readonly status: ContainerStatus;
}

/** The running containers that can be given other resources as they run. */
export function containersToUpdate({
  pod,
  resources,
  runtime,
}: Pick<ResizeInput, "pod" | "resources" | "runtime">): Update[] {
  return [...(pod.spec.initContainers ?? []), ...pod.spec.containers].flatMap((container) => {
    const status = latestContainer(runtime, container.name);
    const isBehind = resources.isBehind(container.name) || resources.isBehind(POD_LEVEL);
    if (!isRunning(status) || !isBehind || resources.needsRestart(container)) return [];
    return [{ container, status }];
  });
}

/**
 * Gives running containers what is allocated to them. The pod's cgroup is at no time narrower than its containers'.
 * Upstream: pkg/kubelet/kuberuntime/kuberuntime_manager.go#doPodResizeAction
 */
export async function resizeContainers(input: ResizeInput): Promise<void> {
  const { cri, host, cgroupRoot, nodeResources, pod, resources, signal } = input;
  const updates = containersToUpdate(input);
  for (const update of updates) await checkMemory(update, input);
  const cgroup = podCgroup(cgroupRoot, pod);
  const after = podCgroupResources(pod);
  await host.setCgroup(cgroup, larger(podCgroupResources(resources.actuatedPod(pod)), after));
  for (const { container, status } of updates) {
    const wanted = containerResources(pod, container, nodeResources);
    await cri.runtime.updateContainerResources(status.id, wanted, { signal });
    resources.actuate(container.name);
  }
  await host.setCgroup(cgroup, after);
  resources.actuate(POD_LEVEL);
}

/** A limit below what is used would kill the container. */
async function checkMemory({ container, status }: Update, { cri, resources, signal }: ResizeInput): Promise<void> {
  const bytes = (quantity: string | undefined) => (quantity === undefined ? Infinity : quantityValue(quantity));
  const limit = bytes(container.resources?.limits?.["memory"]);
  if (limit >= bytes(resources.actuated(container.name)?.limits?.["memory"])) return;
  const { memory } = await cri.runtime.containerStats(status.id, { signal });
  const used = memory?.usageBytes ?? memory?.workingSetBytes ?? 0;
  if (used >= limit)
    throw new Error(
      `attempting to set container ${JSON.stringify(container.name)} memory limit (${limit}) below current usage (${used})`,
    );
}

/** Per resource, the larger of two; what is absent from either is unlimited. */
function larger(a: CgroupResources, b: CgroupResources): CgroupResources {
  const max = (x: number | undefined, y: number | undefined) =>
    x === undefined || y === undefined ? undefined : Math.max(x, y);
  const cpuShares = max(a.cpuShares, b.cpuShares);
  const cpuQuotaUs = max(a.cpuQuotaUs, b.cpuQuotaUs);
  const memoryLimitBytes = max(a.memoryLimitBytes, b.memoryLimitBytes);
  return {
    ...(cpuShares === undefined ? {} : { cpuShares }),
    ...(cpuQuotaUs === undefined ? {} : { cpuQuotaUs }),
    ...(memoryLimitBytes === undefined ? {} : { memoryLimitBytes }),
  };
}

/** What events say of a resize. Upstream: pkg/kubelet/events/resize.go */
export function resizeSummary(pod: V1Pod, error?: string): string {
  const list = (containers: readonly V1Container[] = []) =>
    containers.map(({ name, resources = {} }) => ({ name, resources }));
  const initContainers = list(pod.spec.initContainers);
  return JSON.stringify({
    ...(initContainers.length > 0 ? { initContainers } : {}),
    containers: list(pod.spec.containers),
    generation: Number(pod.metadata.generation ?? 0),
    ...(error ? { error } : {}),
  });
}

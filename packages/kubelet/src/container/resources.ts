import type { HugepageLimit, LinuxContainerResources } from "@dingi/cri";
import { podLimits, podQos, podRequests, type V1Container, type V1Pod } from "@dingi/api";
import { quantityMilliValue, quantityValue } from "@dingi/apimachinery";
import type { CgroupResources, NodeResources } from "../host/host.ts";

const PERIOD_US = 100_000;
const MIN_SHARES = 2;
const MAX_SHARES = 262_144;
const MIN_QUOTA_US = 1000;

export function milliCpuToShares(milli: number): number {
  return milli === 0 ? MIN_SHARES : Math.min(MAX_SHARES, Math.max(MIN_SHARES, Math.floor((milli * 1024) / 1000)));
}

export function milliCpuToQuotaUs(milli: number): number {
  return milli === 0 ? 0 : Math.max(MIN_QUOTA_US, Math.floor((milli * PERIOD_US) / 1000));
}

const milli = (quantity: string | undefined): number =>
  quantity === undefined ? 0 : Number(quantityMilliValue(quantity));
const bytes = (quantity: string | undefined): number => (quantity === undefined ? 0 : Number(quantityValue(quantity)));

/** Upstream: pkg/kubelet/kuberuntime/kuberuntime_container_linux.go#generateLinuxContainerResources */
export function containerResources(pod: V1Pod, container: V1Container, node: NodeResources): LinuxContainerResources {
  const { requests = {} } = container.resources ?? {};
  const limits = effectiveLimits(pod, container);
  const cpuRequest = requests["cpu"] ?? limits["cpu"];
  const quota = milliCpuToQuotaUs(milli(limits["cpu"]));
  const memory = bytes(limits["memory"]);
  return {
    cpuShares: milliCpuToShares(milli(cpuRequest)),
    ...(quota > 0 ? { cpuPeriod: PERIOD_US, cpuQuota: quota } : {}),
    ...(memory > 0 ? { memoryLimitInBytes: memory } : {}),
    oomScoreAdj: oomScoreAdj(pod, container, node.memoryBytes),
    ...(node.hugePageSizes.length > 0 ? { hugepageLimits: hugePageLimits(pod, container, node.hugePageSizes) } : {}),
    ...withoutSwap(node.swapControl, memory),
  };
}

const HUGE_PAGES = "hugepages-";

/**
 * What is not asked for is not to be had; what the container does not say, its pod may have.
 * Upstream: …#GetHugepageLimitsFromResources
 */
function hugePageLimits(
  { spec }: V1Pod,
  { resources }: V1Container,
  sizes: readonly string[],
): readonly HugepageLimit[] {
  const wanted = new Map<string, number>();
  for (const limits of [spec.resources?.limits ?? {}, resources?.limits ?? {}])
    for (const [name, amount] of Object.entries(limits))
      if (name.startsWith(HUGE_PAGES)) wanted.set(pageSizeText(bytes(name.slice(HUGE_PAGES.length))), bytes(amount));
  return sizes.map((pageSize) => ({ pageSize, limit: wanted.get(pageSize) ?? 0 }));
}

const UNITS = [
  ["GB", 2 ** 30],
  ["MB", 2 ** 20],
  ["KB", 2 ** 10],
] as const;

/** As the kernel's cgroups name a size: "2MB". */
export function pageSizeText(size: number): string {
  const [unit, unitBytes] = UNITS.find(([, least]) => size >= least) ?? ["B", 1];
  return `${Math.floor(size / unitBytes)}${unit}`;
}

/**
 * No container swaps, as long as a kubelet is not told otherwise. Where only memory and swap together can be limited, one
 * without a limit of memory cannot be kept from it. Upstream: …#ConfigureNoSwap
 */
function withoutSwap(control: NodeResources["swapControl"], memory: number): LinuxContainerResources {
  if (control === "unified") return { unified: { "memory.swap.max": "0" } };
  return control === "legacy" && memory > 0 ? { memorySwapLimitInBytes: memory } : {};
}

/** What the sandbox itself takes, for runtimes that run it in a machine of its own. Upstream: kuberuntime_sandbox_linux.go#convertOverheadToLinuxResources */
export function overheadResources(overhead: Readonly<Record<string, string>>): LinuxContainerResources {
  const quota = milliCpuToQuotaUs(milli(overhead["cpu"]));
  const memory = bytes(overhead["memory"]);
  return {
    cpuShares: milliCpuToShares(milli(overhead["cpu"])),
    ...(quota > 0 ? { cpuPeriod: PERIOD_US, cpuQuota: quota } : {}),
    ...(memory > 0 ? { memoryLimitInBytes: memory } : {}),
  };
}

/** A container without a limit of its own has the pod's. Upstream: pkg/kubelet/util/util.go#GetLimits */
function effectiveLimits({ spec }: V1Pod, { resources }: V1Container): Readonly<Record<string, string>> {
  const own = resources?.limits ?? {};
  const shared = spec.resources?.limits ?? {};
  const effective: Record<string, string> = { ...own };
  for (const name of ["cpu", "memory"])
    if (milli(own[name]) === 0 && shared[name] !== undefined) effective[name] = shared[name];
  return effective;
}

/** Upstream: pkg/kubelet/qos/policy.go#GetContainerOOMScoreAdjust */
function oomScoreAdj(pod: V1Pod, container: V1Container, nodeMemoryBytes: number): number {
  if ((pod.spec.priority ?? 0) >= 2_000_001_000) return -997;
  const qos = podQos(pod);
  if (qos === "Guaranteed") return -997;
  if (qos === "BestEffort") return 1000;
  const request = bytes(container.resources?.requests?.["memory"]);
  const score = 1000 - Math.floor((1000 * request) / nodeMemoryBytes);
  return Math.min(999, Math.max(3, score));
}

/** The limits of the whole pod's cgroup. Upstream: pkg/kubelet/cm/helpers_linux.go#ResourceConfigForPod */
export function podCgroupResources(pod: V1Pod): CgroupResources {
  const requests = podRequests(pod);
  const limits = podLimits(pod);
  const all = [...(pod.spec.containers ?? []), ...(pod.spec.initContainers ?? [])];
  const isLimited = (resource: string) =>
    pod.spec.resources?.limits?.[resource] !== undefined ||
    all.every((container) => container.resources?.limits?.[resource] !== undefined);
  const cpuShares = milliCpuToShares(milli(requests["cpu"]));
  return {
    cpuShares: podQos(pod) === "BestEffort" ? MIN_SHARES : cpuShares,
    ...(isLimited("cpu") ? { cpuQuotaUs: milliCpuToQuotaUs(milli(limits["cpu"])) } : {}),
    ...(isLimited("memory") ? { memoryLimitBytes: bytes(limits["memory"]) } : {}),
  };
}

/** `<root>/kubepods[/burstable|/besteffort]/pod<uid>` */
export function podCgroup(root: string, pod: V1Pod): string {
  return `${qosCgroup(root, pod)}/pod${pod.metadata.uid}`;
}

function qosCgroup(root: string, pod: V1Pod): string {
  const qos = podQos(pod);
  return qos === "Guaranteed" ? `${root}/kubepods` : `${root}/kubepods/${qos.toLowerCase()}`;
}

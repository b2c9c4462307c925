import { readdir, readFile, stat } from "node:fs/promises";
import type { HostInfo } from "../host.ts";
import { pageSizeText } from "../../container/resources.ts";

const CGROUPS = "/sys/fs/cgroup";
const HUGE_PAGES = "/sys/kernel/mm/hugepages";

/** Upstream: opencontainers/cgroups/utils.go#HugePageSizes */
export async function hugePageSizes(): Promise<readonly string[]> {
  const names = await readdir(HUGE_PAGES).catch(() => []);
  return names.flatMap((name) => {
    const kilobytes = /^hugepages-(\d+)kB$/.exec(name)?.[1];
    return kilobytes === undefined ? [] : [pageSizeText(Number(kilobytes) * 1024)];
  });
}

/** Upstream: pkg/kubelet/kuberuntime/kuberuntime_container_linux.go#checkSwapControllerAvailability */
export async function findSwapControl(): Promise<HostInfo["swapControl"]> {
  if (!(await exists(`${CGROUPS}/cgroup.controllers`)))
    return (await exists(`${CGROUPS}/memory/memory.memsw.limit_in_bytes`)) ? "legacy" : "none";
  // The root has no such file.
  const own = /^0::(.*)$/m.exec(await readFile("/proc/self/cgroup", "utf8").catch(() => ""))?.[1] ?? "";
  return (await exists(`${CGROUPS}${own}/memory.swap.max`)) ? "unified" : "none";
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

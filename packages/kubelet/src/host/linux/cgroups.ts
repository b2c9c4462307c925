import { mkdir, readdir, readFile, rmdir, writeFile } from "node:fs/promises";
import type { CgroupResources } from "../host.ts";

const ROOT = "/sys/fs/cgroup";
const PERIOD_US = 100_000;

/** Pod cgroups on this machine, whichever version its kernel has mounted. */
export interface Cgroups {
  set(path: string, resources: CgroupResources): Promise<void>;
  remove(path: string): Promise<void>;
}

/** @param root Where the kernel shows them. */
export async function openCgroups(root: string = ROOT): Promise<Cgroups> {
  const unified = await readFile(`${root}/cgroup.controllers`, "utf8").catch(() => undefined);
  return unified === undefined ? new CgroupsV1(root) : new CgroupsV2(root);
}

/** One hierarchy for each controller. */
class CgroupsV1 implements Cgroups {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async set(path: string, resources: CgroupResources): Promise<void> {
    for (const hierarchy of await this.#hierarchies()) {
      await mkdir(`${this.#root}/${hierarchy}${path}`, { recursive: true });
      if (hierarchy.split(",").includes("cpuset")) await this.#inheritCpuset(hierarchy, path);
    }
    const write = (controller: string, file: string, value: number | undefined) =>
      writeIfSet(`${this.#root}/${controller}${path}/${file}`, value);
    await write("cpu", "cpu.shares", resources.cpuShares);
    if (resources.cpuQuotaUs !== undefined && resources.cpuQuotaUs > 0)
      await write("cpu", "cpu.cfs_period_us", PERIOD_US);
    await write("cpu", "cpu.cfs_quota_us", resources.cpuQuotaUs);
    await write("memory", "memory.limit_in_bytes", resources.memoryLimitBytes);
    await write("pids", "pids.max", resources.pidsLimit);
  }

  async remove(path: string): Promise<void> {
    for (const hierarchy of await this.#hierarchies()) await removeTree(`${this.#root}/${hierarchy}${path}`);
  }

  async #hierarchies(): Promise<string[]> {
    const entries = await readdir(this.#root, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory() && entry.name !== "unified").map(({ name }) => name);
  }

  /** A new cpuset has no processors, and nothing can run in it until it is given some. */
  async #inheritCpuset(hierarchy: string, path: string): Promise<void> {
    let current = `${this.#root}/${hierarchy}`;
    for (const part of path.split("/").filter(Boolean)) {
      const parent = current;
      current = `${current}/${part}`;
      for (const file of ["cpuset.cpus", "cpuset.mems"]) {
        const own = (await readFile(`${current}/${file}`, "utf8")).trim();
        if (own === "") await writeFile(`${current}/${file}`, await readFile(`${parent}/${file}`, "utf8"));
      }
    }
  }
}

/** The unified hierarchy. */
class CgroupsV2 implements Cgroups {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async set(path: string, resources: CgroupResources): Promise<void> {
    let current = this.#root;
    for (const part of path.split("/").filter(Boolean)) {
      const available = (await readFile(`${current}/cgroup.controllers`, "utf8")).trim().split(" ").filter(Boolean);
      const enable = available.filter((controller) =>
        ["cpu", "cpuset", "memory", "pids", "io", "hugetlb"].includes(controller),
      );
      await writeFile(
        `${current}/cgroup.subtree_control`,
        enable.map((controller) => `+${controller}`).join(" "),
      ).catch(ignoreBusy);
      current = `${current}/${part}`;
      await mkdir(current, { recursive: true });
    }
    const { cpuShares, cpuQuotaUs, memoryLimitBytes, pidsLimit } = resources;
    if (cpuShares !== undefined) await writeIfSet(`${current}/cpu.weight`, sharesToWeight(cpuShares));
    if (cpuQuotaUs !== undefined)
      await writeFile(`${current}/cpu.max`, cpuQuotaUs > 0 ? `${cpuQuotaUs} ${PERIOD_US}` : `max ${PERIOD_US}`);
    await writeIfSet(`${current}/memory.max`, memoryLimitBytes);
    await writeIfSet(`${current}/pids.max`, pidsLimit);
  }

  async remove(path: string): Promise<void> {
    await removeTree(`${this.#root}${path}`);
  }
}

/** Upstream: opencontainers/cgroups/utils.go#ConvertCPUSharesToCgroupV2Value, as it was before its curve was bent */
function sharesToWeight(shares: number): number {
  return shares === 0 ? 0 : Math.floor(1 + ((shares - 2) * 9999) / 262142);
}

async function writeIfSet(file: string, value: number | undefined): Promise<void> {
  if (value !== undefined) await writeFile(file, String(value));
}

/** Bottom-up; a cgroup that still has processes is left for later. */
async function removeTree(directory: string): Promise<void> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) if (entry.isDirectory()) await removeTree(`${directory}/${entry.name}`);
  await rmdir(directory).catch(ignoreBusy);
}

function ignoreBusy(error: NodeJS.ErrnoException): void {
  if (!["EBUSY", "ENOENT", "ENOTEMPTY"].includes(error.code ?? "")) throw error;
}

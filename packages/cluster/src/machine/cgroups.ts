import type { Dirent } from "node:fs";
import { mkdir, readdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "@dingi/base";

/** How this machine mounts its cgroups. Hybrid counts as 1: its controllers are bound to version 1. */
export interface CgroupHierarchies {
  readonly version: 1 | 2;
  /** Mount points; one for version 2. */
  readonly roots: readonly string[];
}

const REMOVE_WAIT_MS = 5_000;
const STEP_MS = 10;
const CPUSET_FILES = ["cpuset.cpus", "cpuset.mems"];

export async function findCgroups(mountsPath = "/proc/self/mounts"): Promise<CgroupHierarchies> {
  return parseCgroupMounts(await readFile(mountsPath, "utf8"));
}

/** From the text of /proc/mounts. */
export function parseCgroupMounts(mounts: string): CgroupHierarchies {
  const rootsOf = (wanted: string) =>
    mounts
      .split("\n")
      .map((line) => line.split(" "))
      .filter(([, path = "", type]) => type === wanted && path.startsWith("/sys/fs/cgroup"))
      .map(([, path = ""]) => path.replaceAll("\\040", " "));
  const v1 = [...new Set(rootsOf("cgroup"))];
  if (v1.length > 0) return { version: 1, roots: v1 };
  const [v2] = rootsOf("cgroup2");
  if (v2) return { version: 2, roots: [v2] };
  throw new Error("No cgroups are mounted at /sys/fs/cgroup: mount cgroup2 there, or use a kernel that has cgroups");
}

/** Makes a cgroup such as "/dingi/NAME/NODE" and its parents, ready to hold children with limits. */
export async function ensureCgroup({ version, roots }: CgroupHierarchies, path: string): Promise<void> {
  const levels = path.split("/").filter(Boolean);
  for (const root of roots) {
    for (let depth = 1; depth <= levels.length; depth++) {
      const directory = join(root, ...levels.slice(0, depth));
      if (version === 2) await delegateControllers(join(directory, ".."));
      await mkdir(directory, { recursive: true });
      if (version === 1) await fillCpuset(directory);
    }
  }
}

/** Lets a cgroup's children limit what it may use itself. Upstream: libcontainer/cgroups/fs2/create.go#CreateCgroupPath */
async function delegateControllers(directory: string): Promise<void> {
  const available = (await readFile(join(directory, "cgroup.controllers"), "utf8")).split(/\s+/).filter(Boolean);
  const enabled = new Set((await readFile(join(directory, "cgroup.subtree_control"), "utf8")).split(/\s+/));
  for (const controller of available.filter((name) => !enabled.has(name))) {
    try {
      await writeFile(join(directory, "cgroup.subtree_control"), `+${controller}`);
    } catch {
      // One by one, because a machine may keep single controllers to itself.
    }
  }
}

/** A fresh version 1 cpuset is empty and takes no process. */
async function fillCpuset(directory: string): Promise<void> {
  for (const file of CPUSET_FILES) {
    const own = await readOrEmpty(join(directory, file));
    if (own === undefined || own !== "") continue;
    const parents = await readOrEmpty(join(directory, "..", file));
    if (parents) await writeFile(join(directory, file), parents);
  }
}

/** The files that take processes into a cgroup: writing "0" moves the writer. */
export function procsFiles({ roots }: CgroupHierarchies, path: string): readonly string[] {
  return roots.map((root) => join(root, path, "cgroup.procs"));
}

/** Host pids of all processes in a cgroup and below. */
export async function processesIn({ roots }: CgroupHierarchies, path: string): Promise<readonly number[]> {
  const pids = new Set<number>();
  for (const root of roots) {
    for (const directory of await treeOf(join(root, path))) {
      const text = (await readOrEmpty(join(directory, "cgroup.procs"))) ?? "";
      for (const pid of text.split("\n").filter(Boolean)) pids.add(Number(pid));
    }
  }
  pids.delete(0);
  return [...pids];
}

/** Removes a cgroup and all below it, everywhere. Processes in it must have been killed; waits until they are gone. */
export async function removeCgroup({ roots }: CgroupHierarchies, path: string, clock: Clock): Promise<void> {
  const end = clock.monotonic() + REMOVE_WAIT_MS;
  for (const root of roots) {
    for (const directory of (await treeOf(join(root, path))).toReversed()) {
      while (!(await tryRemove(directory))) {
        if (clock.monotonic() > end)
          throw new Error(`Cgroup "${directory}" cannot be removed: processes are left in it`);
        await clock.sleep(STEP_MS);
      }
    }
  }
}

/** Removes a cgroup unless it has children. */
export async function removeIfEmpty({ roots }: CgroupHierarchies, path: string): Promise<void> {
  for (const root of roots) await tryRemove(join(root, path));
}

/** Parents before children; empty when absent. */
async function treeOf(directory: string): Promise<string[]> {
  let entries: Dirent[];
  try {
    entries = await readdir(directory, { withFileTypes: true });
  } catch {
    return [];
  }
  const below = await Promise.all(
    entries.filter((entry) => entry.isDirectory()).map((entry) => treeOf(join(directory, entry.name))),
  );
  return [directory, ...below.flat()];
}

async function tryRemove(directory: string): Promise<boolean> {
  try {
    await rmdir(directory);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT";
  }
}

async function readOrEmpty(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, "utf8")).trim();
  } catch {
    return undefined;
  }
}

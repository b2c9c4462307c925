import { access, readFile, statfs } from "node:fs/promises";
import { run } from "./command.ts";

/** Of `statfs`; an overlay cannot lie upon another. */
const OVERLAY_MAGIC = 0x794c7630;
const CAP_SYS_RESOURCE = 24;

/** An OCI runtime: makes single containers for containerd. */
export interface OciRuntime {
  readonly name: "crun" | "runc";
  /** Absolute. */
  readonly path: string;
}

/** What a runtime's configuration depends on, found out on the machine itself. */
export interface MachineFeatures {
  readonly containerdMajor: number;
  readonly snapshotter: "overlayfs" | "native";
  /** Those that this containerd can work with; the first is the default. */
  readonly runtimes: readonly OciRuntime[];
  /** Without it no process may become less likely to be killed than its parent. */
  readonly canLowerOomScore: boolean;
  readonly hasAppArmor: boolean;
  readonly hasHugetlb: boolean;
}

export async function findFeatures(options: {
  readonly containerd: string;
  readonly runtimes: readonly OciRuntime[];
  /** Where the runtime will keep its files. */
  readonly root: string;
  readonly signal?: AbortSignal | undefined;
}): Promise<MachineFeatures> {
  const [version, { type }, status, hasAppArmor, cgroups] = await Promise.all([
    run([options.containerd, "--version"], { signal: options.signal }),
    statfs(options.root),
    readFile("/proc/self/status", "utf8"),
    supportsAppArmor(),
    readFile("/proc/cgroups", "utf8").catch(() => ""),
  ]);
  const containerdMajor = majorVersion(version);
  return {
    containerdMajor,
    runtimes: await usableRuntimes(options.runtimes, containerdMajor),
    snapshotter: type === OVERLAY_MAGIC ? "native" : "overlayfs",
    canLowerOomScore: hasCapability(status, CAP_SYS_RESOURCE),
    hasAppArmor,
    hasHugetlb: /^hugetlb\s+[1-9]/m.test(cgroups),
  };
}

const FIRST_CRUN_FOR_TWO = [1, 14, 3] as const;

/** containerd 2 writes containers in a version of OCI's specification that crun before 1.14.3 refuses, newer as it is by a digit. */
async function usableRuntimes(
  runtimes: readonly OciRuntime[],
  containerdMajor: number,
): Promise<readonly OciRuntime[]> {
  if (containerdMajor < 2) return runtimes;
  const usable = await Promise.all(
    runtimes.map(async ({ name, path }) => name !== "crun" || isCrunForTwo(await run([path, "--version"]))),
  );
  const left = runtimes.filter((_, index) => usable[index]);
  if (left.length > 0) return left;
  throw new Error(
    `containerd ${containerdMajor} needs crun 1.14.3 or newer, or runc: install either (apt-get install runc)`,
  );
}

/** Of `crun --version`: "crun version 1.8.1 …"; a copy of another program under its name is taken for good. */
export function isCrunForTwo(text: string): boolean {
  const match = /crun version (\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  if (!match) return true;
  const version = match.slice(1).map((part) => Number(part ?? 0));
  const index = FIRST_CRUN_FOR_TWO.findIndex((part, at) => version[at] !== part);
  return index < 0 || (version[index] ?? 0) > FIRST_CRUN_FOR_TWO[index]!;
}

/** Of `containerd --version`: "containerd github.com/containerd/containerd 1.6.20~ds1 …" */
export function majorVersion(text: string): number {
  const match = /\sv?(\d+)\.\d+/.exec(text);
  if (!match) throw new Error(`"containerd --version" said "${text.trim()}", which names no version`);
  return Number(match[1]);
}

/** Of /proc/self/status. */
export function hasCapability(status: string, number: number): boolean {
  const bits = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0";
  return ((BigInt(`0x${bits}`) >> BigInt(number)) & 1n) === 1n;
}

/** Upstream: containerd/pkg/apparmor/apparmor_linux.go#hostSupports */
async function supportsAppArmor(): Promise<boolean> {
  try {
    const enabled = await readFile("/sys/module/apparmor/parameters/enabled", "utf8");
    await Promise.all([access("/sys/kernel/security/apparmor"), access("/sbin/apparmor_parser")]);
    return enabled.startsWith("Y");
  } catch {
    return false;
  }
}

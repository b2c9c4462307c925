import { access, readFile, statfs } from "node:fs/promises";
import { run } from "./command.ts";

/** Of `statfs`; an overlay cannot lie upon another. */
const OVERLAY_MAGIC = 0x794c7630;
const CAP_SYS_RESOURCE = 24;

/** What a runtime's configuration depends on, found out on the machine itself. */
export interface MachineFeatures {
  readonly containerdMajor: number;
  readonly snapshotter: "overlayfs" | "native";
  /** Without it no process may become less likely to be killed than its parent. */
  readonly canLowerOomScore: boolean;
  readonly hasAppArmor: boolean;
  readonly hasHugetlb: boolean;
}

export async function findFeatures(options: {
  readonly containerd: string;
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
  return {
    containerdMajor: majorVersion(version),
    snapshotter: type === OVERLAY_MAGIC ? "native" : "overlayfs",
    canLowerOomScore: hasCapability(status, CAP_SYS_RESOURCE),
    hasAppArmor,
    hasHugetlb: /^hugetlb\s+[1-9]/m.test(cgroups),
  };
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

import { access, constants, readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type { OciRuntime } from "../machine/machine-features.ts";

/** Where the programs are that a node is made of. */
export interface Programs {
  readonly containerd: string;
  /** The first is the default. */
  readonly runtimes: readonly OciRuntime[];
  /** A directory. */
  readonly cniPlugins: string;
  readonly busybox: string;
  readonly catatonit: string;
}

interface FoundPrograms {
  /** Complete when nothing is missing. */
  readonly programs: Programs;
  /** Debian's and Ubuntu's packages that bring what is missing. */
  readonly missing: readonly string[];
}

/** Programs that are only called by name, and the package of each. */
const BY_NAME: Readonly<Record<string, string>> = {
  ctr: "containerd",
  "containerd-shim-runc-v2": "containerd",
  nft: "nftables",
  conntrack: "conntrack",
  ip: "iproute2",
  slirp4netns: "slirp4netns",
  iptables: "iptables",
  nsenter: "util-linux",
  unshare: "util-linux",
  mount: "mount",
  hostname: "hostname",
};
const CNI_DIRECTORIES = ["/usr/lib/cni", "/opt/cni/bin", "/usr/libexec/cni"];
const CNI_PLUGINS = ["ptp", "portmap", "host-local", "loopback"];
/** Administrators' programs are not on every user's PATH. */
const MORE_DIRECTORIES = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** Looks for everything at once; a few milliseconds. */
export async function findPrograms(path = process.env["PATH"] ?? ""): Promise<FoundPrograms> {
  const directories = [
    ...new Set([...path.split(delimiter).filter((entry) => entry.startsWith("/")), ...MORE_DIRECTORIES]),
  ];
  const find = (name: string) => firstOf(directories.map((directory) => join(directory, name)));
  const names = Object.keys(BY_NAME);
  const [containerd, crun, runc, catatonit, busybox, cniPlugins, ...others] = await Promise.all([
    find("containerd"),
    find("crun"),
    find("runc"),
    find("catatonit"),
    staticBusybox(directories),
    cniDirectory(),
    ...names.map(find),
  ]);
  const wanted: readonly (readonly [found: string | undefined, packageName: string])[] = [
    [containerd, "containerd"],
    [crun ?? runc, "crun"],
    [cniPlugins, "containernetworking-plugins"],
    [busybox, "busybox-static"],
    [catatonit, "catatonit"],
    ...names.map((name, index) => [others[index], BY_NAME[name]!] as const),
  ];
  const runtimes = [
    ...(crun ? [{ name: "crun", path: crun } as const] : []),
    ...(runc ? [{ name: "runc", path: runc } as const] : []),
  ];
  const missing = [...new Set(wanted.flatMap(([found, packageName]) => (found ? [] : [packageName])))];
  const or = (found: string | undefined) => found ?? "";
  return {
    programs: {
      containerd: or(containerd),
      runtimes,
      cniPlugins: or(cniPlugins),
      busybox: or(busybox),
      catatonit: or(catatonit),
    },
    missing,
  };
}

async function firstOf(paths: readonly string[]): Promise<string | undefined> {
  const found = await Promise.all(paths.map(isExecutable));
  return paths.find((_, index) => found[index]);
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function cniDirectory(): Promise<string | undefined> {
  for (const directory of CNI_DIRECTORIES) {
    const found = await Promise.all(CNI_PLUGINS.map((plugin) => isExecutable(join(directory, plugin))));
    if (found.every(Boolean)) return directory;
  }
  return undefined;
}

/** It must run in an image that has nothing else. */
async function staticBusybox(directories: readonly string[]): Promise<string | undefined> {
  for (const directory of directories) {
    const path = join(directory, "busybox");
    const elf = await readFile(path).catch(() => undefined);
    if (elf && isStatic(elf)) return path;
  }
  return undefined;
}

const PT_INTERP = 3;

/** A 64-bit ELF program without an interpreter needs no library. */
export function isStatic(elf: Buffer): boolean {
  if (elf.length < 64 || elf.readUInt32BE(0) !== 0x7f454c46 || elf[4] !== 2) return false;
  const [start, size, count] = [Number(elf.readBigUInt64LE(32)), elf.readUInt16LE(54), elf.readUInt16LE(56)];
  for (let index = 0; index < count; index++) {
    const at = start + index * size;
    if (at + 4 > elf.length || elf.readUInt32LE(at) === PT_INTERP) return false;
  }
  return true;
}

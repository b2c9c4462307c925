import { constants, createReadStream, createWriteStream, watch } from "node:fs";
import {
  chmod,
  chown,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  statfs,
  writeFile,
} from "node:fs/promises";
import { arch, cpus, release } from "node:os";
import { dirname, join } from "node:path";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { dialTcp } from "@dingi/component-base";
import type { Clock } from "@dingi/base";
import type { CgroupResources, FileType, Host, HostInfo, HostUsage, LogFile, VolumeFile } from "../host.ts";
import { openCgroups, type Cgroups } from "./cgroups.ts";
import { mountPoints, mountTmpfs, unmountTree } from "./mounts.ts";
import { readBeneath } from "./read-beneath.ts";
import { writeVolumeAtomically } from "./volume-writer.ts";

const ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: "amd64",
  arm64: "arm64",
  arm: "arm",
  ia32: "386",
  ppc64: "ppc64le",
  s390x: "s390x",
  riscv64: "riscv64",
};

export interface LinuxHostOptions {
  readonly clock: Clock;
  /** The file system whose fullness counts. */
  readonly rootDirectory: string;
}

/** The machine as the agent's own namespaces show it. */
export class LinuxHost implements Host {
  readonly #options: LinuxHostOptions;
  readonly #cgroups: Cgroups;

  private constructor(options: LinuxHostOptions, cgroups: Cgroups) {
    this.#options = options;
    this.#cgroups = cgroups;
  }

  static async open(options: LinuxHostOptions): Promise<LinuxHost> {
    return new LinuxHost(options, await openCgroups());
  }

  async info(): Promise<HostInfo> {
    const memory = await memoryInfo();
    const [osRelease, machineId, bootId, systemUuid] = await Promise.all([
      readText("/etc/os-release"),
      readText("/etc/machine-id"),
      readText("/proc/sys/kernel/random/boot_id"),
      readText("/sys/class/dmi/id/product_uuid"),
    ]);
    return {
      cpuCores: cpus().length,
      memoryBytes: memory.get("MemTotal") ?? 0,
      architecture: ARCHITECTURES[arch()] ?? arch(),
      operatingSystem: "linux",
      kernelVersion: release(),
      osImage: /^PRETTY_NAME="?([^"\n]*)/m.exec(osRelease)?.[1] ?? "Linux",
      machineId,
      systemUuid: systemUuid || machineId,
      bootId,
    };
  }

  async usage(): Promise<HostUsage> {
    const [memory, fs, cpu] = await Promise.all([
      memoryInfo(),
      statfs(this.#options.rootDirectory),
      readText("/proc/stat"),
    ]);
    const total = memory.get("MemTotal") ?? 0;
    const available = memory.get("MemAvailable") ?? 0;
    const [user = 0, nice = 0, system = 0] = (cpu.split("\n")[0] ?? "").split(/\s+/).slice(1).map(Number);
    return {
      timeMs: this.#options.clock.now(),
      cpuNanoseconds: (user + nice + system) * 10_000_000,
      memoryWorkingSetBytes: total - available,
      memoryAvailableBytes: available,
      fsCapacityBytes: fs.blocks * fs.bsize,
      fsAvailableBytes: fs.bavail * fs.bsize,
    };
  }

  async fileType(path: string): Promise<FileType | undefined> {
    const found = await stat(path).catch(ignoreMissing);
    if (!found) return undefined;
    if (found.isDirectory()) return "directory";
    if (found.isFile()) return "file";
    if (found.isSocket()) return "socket";
    if (found.isBlockDevice()) return "block";
    return found.isCharacterDevice() ? "character" : "other";
  }

  async fileSize(path: string): Promise<number | undefined> {
    return (await stat(path).catch(ignoreMissing))?.size;
  }

  async makeDirectory(path: string, mode: number): Promise<void> {
    await mkdir(path, { recursive: true, mode: 0o755 });
    await chmod(path, mode);
  }

  async writeFile(path: string, content: string | Uint8Array, mode: number): Promise<void> {
    await writeFile(path, content);
    await chmod(path, mode);
  }

  async readTail(path: string, limit: number): Promise<string | undefined> {
    const file = await open(path).catch(ignoreMissing);
    if (!file) return undefined;
    try {
      const { size } = await file.stat();
      const length = Math.min(size, limit);
      const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
      return buffer.toString();
    } finally {
      await file.close();
    }
  }

  async readBeneath(directory: string, path: string, limit: number): Promise<string | undefined> {
    return await readBeneath(directory, path, limit);
  }

  async writeVolume(directory: string, files: readonly VolumeFile[], group: number | undefined): Promise<void> {
    await writeVolumeAtomically(directory, files, group);
  }

  async setGroup(directory: string, group: number): Promise<void> {
    for (const entry of await readdir(directory, { withFileTypes: true })) {
      if (entry.isSymbolicLink()) continue;
      const path = join(directory, entry.name);
      if (entry.isDirectory()) await this.setGroup(path, group);
      else await chownGroup(path, group, 0o060);
    }
    await chownGroup(directory, group, 0o2070);
  }

  async mountTmpfs(path: string, sizeBytes: number | undefined): Promise<void> {
    await mountTmpfs(path, sizeBytes);
  }

  async isMounted(path: string): Promise<boolean> {
    return (await mountPoints()).includes(path);
  }

  /** Every part of the path is looked at on its own: a link that leads out of the volume is refused. */
  async resolveSubPath(volume: string, subPath: string, create: boolean): Promise<string> {
    const root = await realpath(volume);
    const target = join(root, subPath);
    if (create && !(await lstat(target).catch(ignoreMissing))) {
      await mkdir(dirname(target), { recursive: true, mode: 0o750 });
      const parent = await realpath(dirname(target));
      if (parent !== root && !parent.startsWith(`${root}/`))
        throw new Error(`subPath "${subPath}" leads out of its volume`);
      await mkdir(target, { recursive: true, mode: 0o750 });
    }
    const resolved = await realpath(target);
    if (resolved !== root && !resolved.startsWith(`${root}/`))
      throw new Error(`subPath "${subPath}" leads out of its volume`);
    return resolved;
  }

  async removeTree(path: string): Promise<void> {
    await unmountTree(path);
    await rm(path, { recursive: true, force: true });
  }

  async listDirectory(path: string): Promise<readonly string[]> {
    return (await readdir(path).catch(ignoreMissing)) ?? [];
  }

  async openLog(path: string): Promise<LogFile | undefined> {
    const file = await open(path, constants.O_RDONLY).catch(ignoreMissing);
    if (!file) return undefined;
    const { ino, dev } = await file.stat();
    return {
      identity: `${dev}:${ino}`,
      read: async (buffer, position) => (await file.read(buffer, 0, buffer.length, position)).bytesRead,
      size: async () => (await file.stat()).size,
      [Symbol.asyncDispose]: () => file.close(),
    };
  }

  watchFile(path: string, onChange: () => void): Disposable {
    const watcher = watch(dirname(path), () => onChange());
    watcher.on("error", onChange);
    return { [Symbol.dispose]: () => watcher.close() };
  }

  async rename(from: string, to: string): Promise<void> {
    await rename(from, to);
  }

  async compress(from: string, to: string, signal: AbortSignal): Promise<void> {
    const { mode } = await stat(from);
    await pipeline(createReadStream(from), createGzip(), createWriteStream(to, { mode }), { signal });
  }

  async setCgroup(path: string, resources: CgroupResources): Promise<void> {
    await this.#cgroups.set(path, resources);
  }

  async removeCgroup(path: string): Promise<void> {
    await this.#cgroups.remove(path);
  }

  async dial(host: string, port: number, signal: AbortSignal): Promise<Duplex> {
    return await dialTcp(host, port, signal);
  }
}

async function readText(path: string): Promise<string> {
  return (await readFile(path, "utf8").catch(() => "")).trim();
}

async function memoryInfo(): Promise<ReadonlyMap<string, number>> {
  const text = await readText("/proc/meminfo");
  return new Map([...text.matchAll(/^(\w+):\s+(\d+) kB/gm)].map((match) => [match[1]!, Number(match[2]) * 1024]));
}

async function chownGroup(path: string, group: number, bits: number): Promise<void> {
  const { mode } = await stat(path);
  await chown(path, -1, group);
  await chmod(path, (mode & 0o7777) | bits);
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
  throw error;
}

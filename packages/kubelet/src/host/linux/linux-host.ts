import { watch } from "node:fs";
import { chmod, readdir, readFile, rename, stat, statfs, type FileHandle } from "node:fs/promises";
import { arch, cpus, release } from "node:os";
import { dirname } from "node:path";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { dialTcp } from "@dingi/component-base";
import type { Clock } from "@dingi/base";
import type {
  CgroupResources,
  FileType,
  GroupChange,
  Host,
  HostInfo,
  HostUsage,
  LogFile,
  VolumeFile,
} from "../host.ts";
import { openCgroups, type Cgroups } from "./cgroups.ts";
import { findSwapControl, hugePageSizes } from "./limits.ts";
import { mountPoints, mountTmpfs, unmountTree } from "./mounts.ts";
import { GuardedPaths } from "./guarded-paths.ts";
import { giveToGroup, isGivenTo } from "./ownership.ts";
import { bindSubPath, readWithin } from "./sub-path.ts";
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

interface LinuxHostOptions {
  readonly clock: Clock;
  /** The file system whose fullness counts. */
  readonly rootDirectory: string;
  /** The logs of pods: "/var/log/pods" when absent. */
  readonly logDirectory?: string;
}

const POD_LOGS = "/var/log/pods";

/** The machine as the agent's own namespaces show it. */
export class LinuxHost implements Host {
  readonly #options: LinuxHostOptions;
  readonly #cgroups: Cgroups;
  readonly #paths: GuardedPaths;

  private constructor(options: LinuxHostOptions, cgroups: Cgroups) {
    this.#options = options;
    this.#cgroups = cgroups;
    this.#paths = new GuardedPaths([options.rootDirectory, options.logDirectory ?? POD_LOGS]);
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
      hugePageSizes: await hugePageSizes(),
      swapControl: await findSwapControl(),
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
    await using file = await this.#paths.open(path);
    return (await file?.stat())?.size;
  }

  async makeDirectory(path: string, mode: number): Promise<void> {
    await using directory = await this.#paths.makeDirectory(path);
    await chmod(directory.path, mode);
  }

  async writeFile(path: string, content: string | Uint8Array, mode: number): Promise<void> {
    await using place = await this.#paths.place(path);
    await using file = await place.openToWrite();
    await file.truncate();
    await file.writeFile(content);
    await file.chmod(mode);
  }

  async readTail(path: string, limit: number): Promise<string | undefined> {
    await using file = await this.#paths.openToRead(path);
    return file && (await tailOf(file, limit));
  }

  async readWithin(volume: string, path: string, limit: number): Promise<Uint8Array | undefined> {
    return await readWithin({ volume, subPath: path }, limit);
  }

  async writeVolume(directory: string, files: readonly VolumeFile[], group: number | undefined): Promise<void> {
    await using volume = await this.#paths.openDirectory(directory);
    await writeVolumeAtomically(volume, files, group);
  }

  async setGroup(directory: string, group: number, how?: GroupChange): Promise<void> {
    await using volume = await this.#paths.openDirectory(directory);
    const grant = { group, readOnly: false };
    if (how?.unlessRootHasIt && (await isGivenTo(volume, grant))) return;
    await giveToGroup(volume, grant);
  }

  async mountTmpfs(path: string, sizeBytes: number | undefined): Promise<void> {
    await mountTmpfs(path, sizeBytes);
  }

  async isMounted(path: string): Promise<boolean> {
    return (await mountPoints()).includes(path);
  }

  async bindSubPath(volume: string, subPath: string, target: string): Promise<void> {
    await bindSubPath({ volume, subPath }, target);
  }

  async removeTree(path: string): Promise<void> {
    await unmountTree(path);
    const place = await this.#paths.place(path).catch(ignoreMissing);
    if (!place) return;
    await using found = place;
    await found.remove();
  }

  async listDirectory(path: string): Promise<readonly string[]> {
    await using directory = await this.#paths.openDirectory(path).catch(ignoreMissing);
    return directory ? await readdir(directory.path) : [];
  }

  async openLog(path: string): Promise<LogFile | undefined> {
    const file = await this.#paths.openToRead(path);
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
    await using source = await this.#paths.place(from);
    await using target = await this.#paths.place(to);
    await rename(source.path, target.path);
  }

  async compress(from: string, to: string, signal: AbortSignal): Promise<void> {
    await using source = await this.#paths.openToRead(from);
    if (!source) throw new Error(`"${from}" is not a regular file, and was not compressed`);
    await using place = await this.#paths.place(to);
    const target = await place.create((await source.stat()).mode & 0o7777);
    await pipeline(source.createReadStream({ autoClose: false }), createGzip(), target.createWriteStream(), { signal });
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

async function tailOf(file: FileHandle, limit: number): Promise<string> {
  const { size } = await file.stat();
  const length = Math.min(size, limit);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
  return buffer.toString("utf8", 0, bytesRead);
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
  throw error;
}

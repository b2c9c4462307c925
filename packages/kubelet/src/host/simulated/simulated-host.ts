import type { Duplex } from "node:stream";
import { gzipSync } from "node:zlib";
import type { Clock } from "@dingi/base";
import type { CgroupResources, FileType, Host, HostInfo, HostUsage, LogFile, VolumeFile } from "../host.ts";

interface SimulatedHostOptions {
  readonly clock: Clock;
  readonly name: string;
  readonly cpuCores?: number;
  readonly memoryBytes?: number;
  readonly fsBytes?: number;
  /** Answers what is dialled on the node; refused when absent. */
  readonly dial?: (host: string, port: number, signal: AbortSignal) => Promise<Duplex>;
  /** The log that a simulated runtime writes, by path. */
  readonly readLog?: (path: string) => Uint8Array | undefined;
}

const GIB = 1024 ** 3;

/** A machine that is only remembered: files and directories by path, no mounts, no cgroups. */
export class SimulatedHost implements Host {
  readonly #options: SimulatedHostOptions;
  readonly #files = new Map<string, Uint8Array>();
  readonly #directories = new Set<string>();
  readonly #mounts = new Set<string>();

  constructor(options: SimulatedHostOptions) {
    this.#options = options;
  }

  info(): Promise<HostInfo> {
    const { name, cpuCores = 32, memoryBytes = 256 * GIB } = this.#options;
    return Promise.resolve({
      cpuCores,
      memoryBytes,
      architecture: "amd64",
      operatingSystem: "linux",
      kernelVersion: "simulated",
      osImage: "Simulated node",
      machineId: name,
      systemUuid: name,
      bootId: name,
      hugePageSizes: [],
      swapControl: "none",
    });
  }

  usage(): Promise<HostUsage> {
    const { clock, memoryBytes = 256 * GIB, fsBytes = 1024 * GIB } = this.#options;
    return Promise.resolve({
      timeMs: clock.now(),
      cpuNanoseconds: 0,
      memoryWorkingSetBytes: 0,
      memoryAvailableBytes: memoryBytes,
      fsCapacityBytes: fsBytes,
      fsAvailableBytes: fsBytes,
    });
  }

  fileType(path: string): Promise<FileType | undefined> {
    const type = this.#directories.has(path) ? "directory" : this.#files.has(path) ? "file" : undefined;
    return Promise.resolve(type);
  }

  fileSize(path: string): Promise<number | undefined> {
    return Promise.resolve(this.#files.get(path)?.length);
  }

  makeDirectory(path: string): Promise<void> {
    this.#directories.add(path);
    return Promise.resolve();
  }

  writeFile(path: string, content: string | Uint8Array): Promise<void> {
    this.#files.set(path, typeof content === "string" ? Buffer.from(content) : content);
    return Promise.resolve();
  }

  readTail(path: string, limit: number): Promise<string | undefined> {
    const content = this.#content(path);
    return Promise.resolve(content && Buffer.from(content.subarray(-limit)).toString());
  }

  writeVolume(directory: string, files: readonly VolumeFile[]): Promise<void> {
    for (const path of this.#files.keys()) if (path.startsWith(`${directory}/`)) this.#files.delete(path);
    for (const { path, content } of files) this.#files.set(`${directory}/${path}`, content);
    return Promise.resolve();
  }

  setGroup(): Promise<void> {
    return Promise.resolve();
  }

  mountTmpfs(path: string): Promise<void> {
    this.#mounts.add(path);
    return Promise.resolve();
  }

  isMounted(path: string): Promise<boolean> {
    return Promise.resolve(this.#mounts.has(path));
  }

  bindSubPath(_volume: string, _subPath: string, target: string): Promise<void> {
    this.#mounts.add(target);
    return Promise.resolve();
  }

  readWithin(volume: string, path: string): Promise<Uint8Array | undefined> {
    const content = this.#content(`${volume}/${path}`);
    return Promise.resolve(content && Buffer.from(content));
  }

  removeTree(path: string): Promise<void> {
    const below = (candidate: string) => candidate === path || candidate.startsWith(`${path}/`);
    for (const set of [this.#directories, this.#mounts]) for (const entry of set) if (below(entry)) set.delete(entry);
    for (const file of this.#files.keys()) if (below(file)) this.#files.delete(file);
    return Promise.resolve();
  }

  listDirectory(path: string): Promise<readonly string[]> {
    const names = [...this.#files.keys(), ...this.#directories]
      .filter((entry) => entry.startsWith(`${path}/`))
      .map((entry) => entry.slice(path.length + 1).split("/")[0]!);
    return Promise.resolve([...new Set(names)]);
  }

  openLog(path: string): Promise<LogFile | undefined> {
    if (!this.#content(path)) return Promise.resolve(undefined);
    return Promise.resolve({
      identity: path,
      read: (buffer, position) => {
        const rest = (this.#content(path) ?? new Uint8Array()).subarray(position, position + buffer.length);
        buffer.set(rest);
        return Promise.resolve(rest.length);
      },
      size: () => Promise.resolve(this.#content(path)?.length ?? 0),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
  }

  watchFile(): Disposable {
    return { [Symbol.dispose]: () => {} };
  }

  rename(from: string, to: string): Promise<void> {
    const content = this.#files.get(from);
    if (content) this.#files.set(to, content);
    this.#files.delete(from);
    return Promise.resolve();
  }

  compress(from: string, to: string): Promise<void> {
    const content = this.#files.get(from);
    if (content) this.#files.set(to, gzipSync(content));
    return Promise.resolve();
  }

  setCgroup(_path: string, _resources: CgroupResources): Promise<void> {
    return Promise.resolve();
  }

  removeCgroup(): Promise<void> {
    return Promise.resolve();
  }

  dial(host: string, port: number, signal: AbortSignal): Promise<Duplex> {
    const { dial } = this.#options;
    return dial
      ? dial(host, port, signal)
      : Promise.reject(new Error(`Nothing listens on ${host}:${port}: the node is simulated`));
  }

  #content(path: string): Uint8Array | undefined {
    return this.#files.get(path) ?? this.#options.readLog?.(path);
  }
}

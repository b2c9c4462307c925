import type { Duplex } from "node:stream";

/** Facts of the machine that do not change while it runs. */
export interface HostInfo {
  readonly cpuCores: number;
  readonly memoryBytes: number;
  readonly architecture: string;
  readonly operatingSystem: string;
  readonly kernelVersion: string;
  readonly osImage: string;
  readonly machineId: string;
  readonly systemUuid: string;
  readonly bootId: string;
  /** Of huge pages, as cgroups call them: "2MB", "1GB". */
  readonly hugePageSizes: readonly string[];
  /** How swap can be limited: by its own file, as part of memory and swap together, or not at all. */
  readonly swapControl: "unified" | "legacy" | "none";
}

/** What the limits of a container depend on beside its pod. */
export type NodeResources = Pick<HostInfo, "memoryBytes" | "hugePageSizes" | "swapControl">;

/** What is in use right now. */
export interface HostUsage {
  readonly timeMs: number;
  /** CPU time since the start, in nanoseconds. */
  readonly cpuNanoseconds: number;
  readonly memoryWorkingSetBytes: number;
  readonly memoryAvailableBytes: number;
  readonly fsCapacityBytes: number;
  readonly fsAvailableBytes: number;
}

export type FileType = "directory" | "file" | "socket" | "block" | "character" | "other";

/** One file of a volume. */
export interface VolumeFile {
  /** Below the volume, with "/" between parts. */
  readonly path: string;
  readonly content: Uint8Array;
  /** Permission bits. */
  readonly mode: number;
  readonly uid?: number;
}

/** How a directory is given to a group. */
export interface GroupChange {
  /** Nothing is done where the directory itself is the group's already, as a volume of an earlier pod is. */
  readonly unlessRootHasIt: boolean;
}

/** Resources of a pod's or QoS class's cgroup; absent: unlimited. */
export interface CgroupResources {
  readonly cpuShares?: number;
  /** Microseconds per 100 ms. */
  readonly cpuQuotaUs?: number;
  readonly memoryLimitBytes?: number;
  readonly pidsLimit?: number;
}

/**
 * The kubelet's effects on its machine. Paths are those of the node's mount namespace. Below the kubelet's directory and
 * that of the logs a container may hold a directory and change what is in it: there no link is ever followed.
 */
export interface Host {
  info(): Promise<HostInfo>;
  usage(): Promise<HostUsage>;

  /** The type of what lies there; undefined when nothing does. */
  fileType(path: string): Promise<FileType | undefined>;
  makeDirectory(path: string, mode: number): Promise<void>;
  writeFile(path: string, content: string | Uint8Array, mode: number): Promise<void>;
  /** Bytes; undefined when there is no such file. */
  fileSize(path: string): Promise<number | undefined>;
  /** Up to `limit` bytes from the end; undefined when there is no such file. */
  readTail(path: string, limit: number): Promise<string | undefined>;
  /**
   * Replaces all files of a volume at once: readers see the old set or the new one. Unchanged content is not written. The
   * group may read them.
   */
  writeVolume(directory: string, files: readonly VolumeFile[], group: number | undefined): Promise<void>;
  /** Gives a directory and everything below to a group that may write, for fsGroup. */
  setGroup(directory: string, group: number, how?: GroupChange): Promise<void>;
  mountTmpfs(path: string, sizeBytes: number | undefined): Promise<void>;
  isMounted(path: string): Promise<boolean>;
  /**
   * Mounts what a subPath names at `target`, a path of the kubelet's own; a directory is made where nothing is, with the
   * volume's mode. Throws when it leads out of the volume, whoever changes links meanwhile. What is mounted stays.
   */
  bindSubPath(volume: string, subPath: string, target: string): Promise<void>;
  /** A file that containers may have written, if it is not larger than `limit`. Throws when it is not in the volume. */
  readWithin(volume: string, path: string, limit: number): Promise<Uint8Array | undefined>;
  /** Unmounts everything below and removes the directory. Nothing there is success. */
  removeTree(path: string): Promise<void>;
  /** Names in a directory; empty when there is none. */
  listDirectory(path: string): Promise<readonly string[]>;

  /** Reads a file as a stream from `position`, following it while `follow` says so. */
  openLog(path: string): Promise<LogFile | undefined>;
  /** Calls back when the file or its directory changes. */
  watchFile(path: string, onChange: () => void): Disposable;
  rename(from: string, to: string): Promise<void>;
  /** Writes a file's content in gzip to another, with the same permissions. */
  compress(from: string, to: string, signal: AbortSignal): Promise<void>;

  /** Makes the cgroup in every hierarchy, or changes it. */
  setCgroup(path: string, resources: CgroupResources): Promise<void>;
  /** Removes the cgroup and those below it. */
  removeCgroup(path: string): Promise<void>;

  /** Opens a TCP connection from the node. Rejects with the network's own error. */
  dial(host: string, port: number, signal: AbortSignal): Promise<Duplex>;
}

export interface LogFile extends AsyncDisposable {
  /** Fills the buffer from `position`; 0 at the end. */
  read(buffer: Uint8Array, position: number): Promise<number>;
  size(): Promise<number>;
  /** Changes when the path names another file. */
  readonly identity: string;
}

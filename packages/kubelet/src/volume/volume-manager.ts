import type { V1Pod, V1Volume } from "@dingi/api";
import { quantityValue } from "@dingi/apimachinery";
import type { FileType, Host } from "../host/host.ts";
import { VolumeError, volumeFiles, type VolumeSources } from "./volume-sources.ts";

export interface VolumeManagerOptions {
  readonly host: Host;
  readonly sources: VolumeSources;
  /** "/var/lib/kubelet" */
  readonly rootDirectory: string;
}

/** Sets up and tears down the volumes of pods. Everything is idempotent: it is called at every sync. */
export class VolumeManager {
  readonly #options: VolumeManagerOptions;

  constructor(options: VolumeManagerOptions) {
    this.#options = options;
  }

  podDirectory(uid: string): string {
    return `${this.#options.rootDirectory}/pods/${uid}`;
  }

  /** Where each volume of the pod lies on the node; the runtime itself mounts images. Throws VolumeError when one cannot be had yet. */
  async setUp(pod: V1Pod): Promise<ReadonlyMap<string, string>> {
    const paths = new Map<string, string>();
    for (const volume of pod.spec.volumes ?? [])
      if (!volume.image) paths.set(volume.name, await this.#setUpOne(pod, volume));
    return paths;
  }

  /** Writes anew what changed in ConfigMaps, Secrets, tokens and the pod's own fields. */
  async refresh(pod: V1Pod): Promise<void> {
    for (const volume of pod.spec.volumes ?? []) {
      if (volume.configMap || volume.secret || volume.projected || volume.downwardAPI)
        await this.#setUpOne(pod, volume);
    }
  }

  async tearDown(uid: string): Promise<void> {
    await this.#options.host.removeTree(this.podDirectory(uid));
  }

  async #setUpOne(pod: V1Pod, volume: V1Volume): Promise<string> {
    if (volume.hostPath) return await this.#hostPath(volume.hostPath);
    const files = await volumeFiles(pod, volume, this.#options.sources);
    const { fsGroup } = pod.spec.securityContext ?? {};
    if (files) {
      const directory = this.#directory(pod, pluginOf(volume), volume.name);
      await this.#options.host.makeDirectory(directory, 0o777);
      await this.#options.host.writeVolume(directory, files, fsGroup);
      return directory;
    }
    if (volume.emptyDir) return await this.#emptyDir(pod, volume, fsGroup);
    const kind = Object.keys(volume).find((key) => key !== "name");
    throw new VolumeError(`Volume "${volume.name}" is of a kind that this kubelet does not serve: ${kind}`);
  }

  #directory(pod: V1Pod, plugin: string, name: string): string {
    return `${this.podDirectory(pod.metadata.uid!)}/volumes/kubernetes.io~${plugin}/${name}`;
  }

  async #emptyDir(pod: V1Pod, volume: V1Volume, fsGroup: number | undefined): Promise<string> {
    const { host } = this.#options;
    const directory = this.#directory(pod, "empty-dir", volume.name);
    const existed = (await host.fileType(directory)) === "directory";
    if (!existed) await host.makeDirectory(directory, 0o777);
    if (volume.emptyDir?.medium === "Memory" && !(await host.isMounted(directory))) {
      const limit = volume.emptyDir.sizeLimit;
      await host.mountTmpfs(directory, limit === undefined || limit === "0" ? undefined : quantityValue(limit));
      await host.makeDirectory(directory, 0o777);
    }
    if (!existed && fsGroup !== undefined) await host.setGroup(directory, fsGroup);
    return directory;
  }

  /** Upstream: pkg/volume/hostpath/host_path.go */
  async #hostPath({ path, type = "" }: NonNullable<V1Volume["hostPath"]>): Promise<string> {
    const { host } = this.#options;
    const found = await host.fileType(path);
    if (type === "DirectoryOrCreate" && found === undefined) await host.makeDirectory(path, 0o755);
    else if (type === "FileOrCreate" && found === undefined) await host.writeFile(path, "", 0o644);
    else if (type !== "" && found !== EXPECTED[type])
      throw new VolumeError(`hostPath type check failed: ${path} is not a ${NOUNS[type] ?? type}`);
    return path;
  }
}

const EXPECTED: Readonly<Record<string, FileType>> = {
  Directory: "directory",
  DirectoryOrCreate: "directory",
  File: "file",
  FileOrCreate: "file",
  Socket: "socket",
  CharDevice: "character",
  BlockDevice: "block",
};
const NOUNS: Readonly<Record<string, string>> = {
  Directory: "directory",
  DirectoryOrCreate: "directory",
  File: "file",
  FileOrCreate: "file",
  Socket: "socket file",
  CharDevice: "character device",
  BlockDevice: "block device",
};

function pluginOf(volume: V1Volume): string {
  if (volume.configMap) return "configmap";
  if (volume.secret) return "secret";
  return volume.downwardAPI ? "downward-api" : "projected";
}

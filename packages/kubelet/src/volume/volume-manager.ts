import { podClaimOf, type PodClaim, type V1PersistentVolume, type V1Pod, type V1Volume } from "@dingi/api";
import { quantityValue } from "@dingi/apimachinery";
import { podCgroupResources } from "../container/resources.ts";
import type { FileType, Host, VolumeFile } from "../host/host.ts";
import { checkReachable, claimedVolume, type ClaimSources } from "./claimed-volume.ts";
import { nestedMountPoints } from "./nested-mounts.ts";
import { MountError, VolumeError, volumeFiles, type VolumeSources } from "./volume-sources.ts";

interface VolumeManagerOptions {
  readonly host: Host;
  readonly sources: VolumeSources;
  readonly claims: ClaimSources;
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

  /** Where each volume of the pod lies on the node; the runtime itself mounts images. Throws MountError when one cannot be had yet. */
  async setUp(pod: V1Pod): Promise<ReadonlyMap<string, string>> {
    const paths = new Map<string, string>();
    for (const volume of pod.spec.volumes ?? []) {
      if (volume.image) continue;
      try {
        paths.set(volume.name, await this.#setUpOne(pod, volume));
      } catch (error) {
        throw error instanceof MountError ? error : new MountError(volume.name, error);
      }
    }
    return paths;
  }

  /** Writes anew what changed in ConfigMaps, Secrets, tokens and the pod's own fields. */
  async refresh(pod: V1Pod): Promise<void> {
    for (const volume of pod.spec.volumes ?? []) if (isFromApi(volume)) await this.#setUpOne(pod, volume);
  }

  /** A pod that has ended needs its volumes no more: what lies in memory is freed. Its last words stay. */
  async release(uid: string): Promise<void> {
    for (const part of ["volume-subpaths", "volumes", "plugins"])
      await this.#options.host.removeTree(`${this.podDirectory(uid)}/${part}`);
  }

  async tearDown(uid: string): Promise<void> {
    await this.#options.host.removeTree(this.podDirectory(uid));
  }

  async #setUpOne(pod: V1Pod, volume: V1Volume): Promise<string> {
    if (volume.hostPath) return await this.#hostPath(volume.hostPath);
    if (volume.emptyDir) return await this.#emptyDir(pod, volume);
    const claim = podClaimOf(pod, volume);
    if (claim) return await this.#claimed(pod, claim);
    const files = await volumeFiles(pod, volume, this.#options.sources);
    if (files) return await this.#fromApi(pod, volume, files);
    const kind = Object.keys(volume).find((key) => key !== "name");
    throw new VolumeError(`Volume "${volume.name}" is of a kind that this kubelet does not serve: ${kind}`);
  }

  #directory(pod: V1Pod, plugin: string, name: string): string {
    return `${this.podDirectory(pod.metadata.uid!)}/volumes/kubernetes.io~${plugin}/${name}`;
  }

  /** Only a ConfigMap's content, which is no secret, may lie on disk. Upstream: pkg/volume/{configmap,secret,projected,downwardapi} */
  async #fromApi(pod: V1Pod, volume: V1Volume, files: readonly VolumeFile[]): Promise<string> {
    const { host } = this.#options;
    const directory = this.#directory(pod, pluginOf(volume), volume.name);
    if (volume.configMap) await this.#onDisk(directory);
    else await this.#inMemory(pod, directory, undefined);
    for (const path of nestedMountPoints(pod, volume.name)) await host.makeDirectory(`${directory}/${path}`, 0o755);
    await host.writeVolume(directory, files, pod.spec.securityContext?.fsGroup);
    return directory;
  }

  /** Upstream: pkg/volume/emptydir/empty_dir.go#SetUpAt */
  async #emptyDir(pod: V1Pod, volume: V1Volume): Promise<string> {
    const { host } = this.#options;
    const directory = this.#directory(pod, "empty-dir", volume.name);
    const { medium = "", sizeLimit } = volume.emptyDir!;
    if (medium !== "" && medium !== "Memory") throw new VolumeError(`unknown storage medium ${JSON.stringify(medium)}`);
    // Says that the group has got it, too: containers may have written since, and keep what modes they chose.
    const ready = `${this.podDirectory(pod.metadata.uid!)}/plugins/kubernetes.io~empty-dir/${volume.name}`;
    const isNew = medium === "Memory" ? await this.#inMemory(pod, directory, sizeLimit) : await this.#onDisk(directory);
    if (!isNew && (await host.fileType(`${ready}/ready`)) !== undefined) return directory;
    const { fsGroup } = pod.spec.securityContext ?? {};
    if (fsGroup !== undefined) await host.setGroup(directory, fsGroup);
    await host.makeDirectory(ready, 0o750);
    await host.writeFile(`${ready}/ready`, "", 0o640);
    return directory;
  }

  /** What a claim is bound to lies where it always lay: containers are given that very directory. */
  async #claimed(pod: V1Pod, claim: PodClaim): Promise<string> {
    const { claims } = this.#options;
    const volume = await claimedVolume(pod, claim, claims);
    const { name = "" } = volume.metadata;
    const step = async <T>(what: string, work: () => T | Promise<T>): Promise<T> => {
      try {
        return await work();
      } catch (error) {
        throw new MountError(name, error, what);
      }
    };
    await step("MountVolume.NodeAffinity check failed", () => checkReachable(volume, claims.node()));
    return await step("MountVolume.SetUp failed", () => this.#persistent(pod, claim, volume));
  }

  async #persistent(
    pod: V1Pod,
    { volume: { persistentVolumeClaim } }: PodClaim,
    volume: V1PersistentVolume,
  ): Promise<string> {
    const { hostPath, local } = volume.spec;
    if (hostPath) return await this.#hostPath(hostPath);
    if (!local)
      throw new VolumeError(`this kubelet serves volumes of the kinds hostPath and local, and not ${sourceOf(volume)}`);
    const found = await this.#options.host.fileType(local.path);
    if (found === undefined) throw new VolumeError(`path ${JSON.stringify(local.path)} does not exist`);
    if (found !== "directory") throw new VolumeError(`path ${JSON.stringify(local.path)} is not a directory`);
    if (!persistentVolumeClaim?.readOnly) await this.#giveOnce(pod, volume.metadata.name ?? "", local.path);
    return local.path;
  }

  /** To the pod's group, before any of its containers has run. Upstream: pkg/volume/volume_linux.go#ChangePermissions */
  async #giveOnce(pod: V1Pod, name: string, path: string): Promise<void> {
    const { host } = this.#options;
    const { fsGroup, fsGroupChangePolicy } = pod.spec.securityContext ?? {};
    if (fsGroup === undefined) return;
    const given = `${this.podDirectory(pod.metadata.uid!)}/plugins/kubernetes.io~local-volume/${name}`;
    if ((await host.fileType(`${given}/ready`)) !== undefined) return;
    await host.setGroup(path, fsGroup, { unlessRootHasIt: fsGroupChangePolicy === "OnRootMismatch" });
    await host.makeDirectory(given, 0o750);
    await host.writeFile(`${given}/ready`, "", 0o640);
  }

  /** Says whether it is new. */
  async #onDisk(directory: string): Promise<boolean> {
    const { host } = this.#options;
    if ((await host.fileType(directory)) === "directory") return false;
    await host.makeDirectory(directory, 0o777);
    return true;
  }

  /** Says whether it is new: after the machine's restart what was in memory is gone. */
  async #inMemory(pod: V1Pod, directory: string, sizeLimit: string | undefined): Promise<boolean> {
    const { host, sources } = this.#options;
    if (await host.isMounted(directory)) return false;
    await host.makeDirectory(directory, 0o777);
    const limits = [
      sources.addresses(pod).allocatableMemoryBytes,
      podCgroupResources(pod).memoryLimitBytes,
      sizeLimit === undefined ? undefined : quantityValue(sizeLimit),
    ].filter((limit) => limit !== undefined && limit > 0);
    await host.mountTmpfs(directory, limits.length > 0 ? Math.min(...(limits as number[])) : undefined);
    return true;
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

/** What the API server has and containers must not change: it would only seem to last. */
function isFromApi({ configMap, secret, projected, downwardAPI }: V1Volume): boolean {
  return (configMap ?? secret ?? projected ?? downwardAPI) !== undefined;
}

/** Whatever a container says: the pod has it only to read. */
export function isReadOnly(volume: V1Volume): boolean {
  return isFromApi(volume) || volume.persistentVolumeClaim?.readOnly === true;
}

const NO_SOURCES: ReadonlySet<string> = new Set([
  "accessModes",
  "capacity",
  "claimRef",
  "mountOptions",
  "nodeAffinity",
  "persistentVolumeReclaimPolicy",
  "storageClassName",
  "volumeAttributesClassName",
  "volumeMode",
]);

const sourceOf = ({ spec }: V1PersistentVolume): string =>
  Object.entries(spec).find(([field, value]) => value !== undefined && !NO_SOURCES.has(field))?.[0] ?? "none";

function pluginOf(volume: V1Volume): string {
  if (volume.configMap) return "configmap";
  if (volume.secret) return "secret";
  return volume.downwardAPI ? "downward-api" : "projected";
}

import type { V1ConfigMap, V1KeyToPath, V1Pod, V1Secret } from "@dingi/api";
import { describeError } from "@dingi/base";
import type { VolumeFile } from "../host/host.ts";
import type { PodAddresses } from "../container/field-reference.ts";
import { fieldValue, resourceValue } from "../container/field-reference.ts";

/** A volume cannot be set up yet: FailedMount, tried again later. */
export class VolumeError extends Error {
  override name = "VolumeError";
}

/** Which volume could not be set up, and why. Upstream: pkg/volume/util/operationexecutor/operation_executor.go#GenerateMsg */
export class MountError extends Error {
  override name = "MountError";

  constructor(volume: string, cause: unknown, step = "MountVolume.SetUp failed") {
    super(`${step} for volume ${JSON.stringify(volume)} : ${describeError(cause)}`);
  }
}

/** It is not known yet what is to be mounted. Upstream: pkg/kubelet/volumemanager/volume_manager.go#WaitForAttachAndMount */
export class UnprocessedVolumeError extends MountError {
  override name = "UnprocessedVolumeError";

  constructor(volume: string, why: string) {
    super(volume, why);
    const names = `unmounted volumes=[${volume}], unattached volumes=[], failed to process volumes=[${volume}]`;
    this.message = `Unable to attach or mount volumes: ${names}: ${why}`;
  }
}

/** Where the content of volumes comes from. Lookups throw when the API server cannot be asked. */
export interface VolumeSources {
  configMap(namespace: string, name: string): Promise<V1ConfigMap | undefined>;
  secret(namespace: string, name: string): Promise<V1Secret | undefined>;
  /** A token for the pod, from the cache while it is fresh. */
  token(pod: V1Pod, audience: string | undefined, expirationSeconds: number): Promise<string>;
  addresses(pod: V1Pod): PodAddresses;
}

type Data = ReadonlyMap<string, Uint8Array>;

const DEFAULT_MODE = 0o644;
const SECRET_MODE = 0o600;

interface Projection {
  readonly items?: readonly V1KeyToPath[] | undefined;
  readonly optional?: boolean | undefined;
  readonly what: string;
}

/** Upstream: pkg/volume/configmap/configmap.go#MakePayload */
function project(data: Data, projection: Projection, defaultMode: number): VolumeFile[] {
  const { items, optional, what } = projection;
  if (!items || items.length === 0) return [...data].map(([path, content]) => ({ path, content, mode: defaultMode }));
  return items.flatMap(({ key, path, mode }) => {
    const content = data.get(key);
    if (content !== undefined) return [{ path, content, mode: mode ?? defaultMode }];
    if (optional) return [];
    throw new VolumeError(`${what} references non-existent key: ${key}`);
  });
}

function configMapData(map: V1ConfigMap | undefined): Data {
  const text = Object.entries(map?.data ?? {}).map(([key, value]) => [key, Buffer.from(value)] as const);
  const binary = Object.entries(map?.binaryData ?? {}).map(
    ([key, value]) => [key, Buffer.from(value, "base64")] as const,
  );
  return new Map([...text, ...binary]);
}

function secretData(secret: V1Secret | undefined): Data {
  return new Map(
    Object.entries(secret?.data ?? {}).map(([key, value]) => [key, Buffer.from(value, "base64")] as const),
  );
}

type ProjectedVolume = NonNullable<V1Pod["spec"]["volumes"]>[number];

/** The files of a volume whose content comes from the API; undefined for other kinds of volumes. */
export async function volumeFiles(
  pod: V1Pod,
  volume: ProjectedVolume,
  sources: VolumeSources,
): Promise<VolumeFile[] | undefined> {
  const namespace = pod.metadata.namespace ?? "";
  if (volume.configMap) {
    const { name = "", defaultMode = DEFAULT_MODE, ...rest } = volume.configMap;
    return await configMapFiles(namespace, { name, ...rest }, defaultMode, sources);
  }
  if (volume.secret) {
    const { secretName = "", defaultMode = DEFAULT_MODE, ...rest } = volume.secret;
    return await secretFiles(namespace, { name: secretName, ...rest }, defaultMode, sources);
  }
  if (volume.downwardAPI) {
    return downwardFiles(pod, volume.downwardAPI.items ?? [], volume.downwardAPI.defaultMode ?? DEFAULT_MODE, sources);
  }
  return volume.projected ? await projectedFiles(pod, volume.projected, sources) : undefined;
}

interface NamedSource {
  readonly name: string;
  readonly items?: readonly V1KeyToPath[] | undefined;
  readonly optional?: boolean | undefined;
}

async function configMapFiles(
  namespace: string,
  source: NamedSource,
  mode: number,
  sources: VolumeSources,
): Promise<VolumeFile[]> {
  const map = await sources.configMap(namespace, source.name);
  if (!map && !source.optional) throw new VolumeError(`configmap ${JSON.stringify(source.name)} not found`);
  return project(configMapData(map), { ...source, what: "configmap" }, mode);
}

async function secretFiles(
  namespace: string,
  source: NamedSource,
  mode: number,
  sources: VolumeSources,
): Promise<VolumeFile[]> {
  const secret = await sources.secret(namespace, source.name);
  if (!secret && !source.optional) throw new VolumeError(`secret ${JSON.stringify(source.name)} not found`);
  return project(secretData(secret), { ...source, what: "secret" }, mode);
}

type DownwardItems = NonNullable<NonNullable<ProjectedVolume["downwardAPI"]>["items"]>;

function downwardFiles(pod: V1Pod, items: DownwardItems, defaultMode: number, sources: VolumeSources): VolumeFile[] {
  const addresses = sources.addresses(pod);
  return items.map((item) => {
    const text = item.fieldRef
      ? fieldValue(pod, item.fieldRef, addresses)
      : resourceValue(pod, item.resourceFieldRef!, undefined, addresses);
    return { path: item.path, content: Buffer.from(text), mode: item.mode ?? defaultMode };
  });
}

async function projectedFiles(
  pod: V1Pod,
  projected: NonNullable<ProjectedVolume["projected"]>,
  sources: VolumeSources,
): Promise<VolumeFile[]> {
  const namespace = pod.metadata.namespace ?? "";
  const mode = projected.defaultMode ?? DEFAULT_MODE;
  const files: VolumeFile[] = [];
  for (const source of projected.sources ?? []) {
    if (source.configMap)
      files.push(
        ...(await configMapFiles(namespace, { ...source.configMap, name: source.configMap.name ?? "" }, mode, sources)),
      );
    else if (source.secret)
      files.push(
        ...(await secretFiles(namespace, { ...source.secret, name: source.secret.name ?? "" }, mode, sources)),
      );
    else if (source.downwardAPI) files.push(...downwardFiles(pod, source.downwardAPI.items ?? [], mode, sources));
    else if (source.serviceAccountToken) files.push(await tokenFile(pod, source.serviceAccountToken, mode, sources));
    else
      throw new VolumeError(
        `This kind of projected volume source is not served here: ${Object.keys(source).join(", ")}`,
      );
  }
  return files;
}

async function tokenFile(
  pod: V1Pod,
  source: { audience?: string | undefined; expirationSeconds?: number | undefined; path: string },
  mode: number,
  sources: VolumeSources,
): Promise<VolumeFile> {
  const token = await sources.token(pod, source.audience || undefined, source.expirationSeconds ?? 3600);
  const user = commonUser(pod);
  const isPrivate = user !== undefined || pod.spec.securityContext?.fsGroup !== undefined;
  return {
    path: source.path,
    content: Buffer.from(token),
    mode: isPrivate ? SECRET_MODE : mode,
    ...(user === undefined ? {} : { uid: user }),
  };
}

/** The user of all containers, if it is one, and said. Upstream: pkg/volume/util/util.go#FsUserFrom */
function commonUser({ spec }: V1Pod): number | undefined {
  const { containers, initContainers = [], ephemeralContainers = [], securityContext } = spec;
  const users = [...initContainers, ...containers, ...ephemeralContainers].map(
    (container) => container.securityContext?.runAsUser ?? securityContext?.runAsUser,
  );
  return new Set(users).size === 1 ? users[0] : undefined;
}

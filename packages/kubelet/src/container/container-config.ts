import { createHash } from "node:crypto";
import type { ContainerConfig, Image, ImageSpec, Mount, MountPropagation } from "@dingi/cri";
import type { V1Container, V1Pod, V1VolumeMount } from "@dingi/api";
import { encodeJson } from "@dingi/apimachinery";
import type { Host, NodeResources } from "../host/host.ts";
import {
  CONTAINER_NAME_LABEL,
  HASH_ANNOTATION,
  POD_GRACE_ANNOTATION,
  POD_NAME_LABEL,
  POD_NAMESPACE_LABEL,
  POD_UID_LABEL,
  RESTART_COUNT_ANNOTATION,
  TERMINATION_PATH_ANNOTATION,
  TERMINATION_POLICY_ANNOTATION,
} from "../runtime/labels.ts";
import { isReadOnly } from "../volume/volume-manager.ts";
import { ContainerConfigError } from "./environment.ts";
import { expand } from "./expansion.ts";
import { containerResources } from "./resources.ts";
import { containerSecurityContext } from "./security-context.ts";

/** Restarts a container when it changes; resources may change in place. Upstream: pkg/kubelet/container/helpers.go#HashContainer */
export function containerHash(container: V1Container): string {
  const { image, name } = container;
  return createHash("sha256").update(encodeJson({ image, name })).digest("hex").slice(0, 16);
}

interface ContainerConfigInput {
  readonly pod: V1Pod;
  readonly container: V1Container;
  readonly attempt: number;
  readonly image: Image | undefined;
  /** What the runtime calls the image. */
  readonly imageRef: string;
  /** The container whose process namespace is entered. */
  readonly targetId?: string | undefined;
  readonly environment: ReadonlyMap<string, string>;
  /** Where each volume lies on the node. */
  readonly volumes: ReadonlyMap<string, string>;
  /** The volumes that are images. */
  readonly imageVolumes?: ReadonlyMap<string, ImageSpec>;
  readonly podDirectory: string;
  readonly hostsFile: string | undefined;
  readonly nodeResources: NodeResources;
  /** Whether the runtime can do them. */
  readonly recursiveReadOnlyMounts?: boolean;
  readonly host: Host;
}

/** Turns a container's spec into what the runtime is asked for. Upstream: pkg/kubelet/kuberuntime/kuberuntime_container.go */
export async function makeContainerConfig(input: ContainerConfigInput): Promise<ContainerConfig> {
  const { pod, container, attempt, image, imageRef, environment } = input;
  const lookup = (name: string) => environment.get(name);
  checkDevices(container);
  const mounts = [...(await volumeMounts(input)), ...(await specialMounts(input))];
  return {
    metadata: { name: container.name, attempt },
    image: { image: imageRef, userSpecifiedImage: container.image ?? "" },
    ...(container.command ? { command: container.command.map((text) => expand(text, lookup)) } : {}),
    ...(container.args ? { args: container.args.map((text) => expand(text, lookup)) } : {}),
    ...(container.workingDir ? { workingDir: container.workingDir } : {}),
    envs: [...environment].map(([key, value]) => ({ key, value })),
    mounts,
    labels: { ...podLabels(pod), [CONTAINER_NAME_LABEL]: container.name },
    annotations: {
      [HASH_ANNOTATION]: containerHash(container),
      [RESTART_COUNT_ANNOTATION]: String(attempt),
      [TERMINATION_PATH_ANNOTATION]: container.terminationMessagePath ?? "",
      [TERMINATION_POLICY_ANNOTATION]: container.terminationMessagePolicy ?? "File",
      [POD_GRACE_ANNOTATION]: String(pod.spec.terminationGracePeriodSeconds ?? 30),
    },
    logPath: `${container.name}/${attempt}.log`,
    stdin: container.stdin ?? false,
    stdinOnce: container.stdinOnce ?? false,
    tty: container.tty ?? false,
    ...(container.lifecycle?.stopSignal ? { stopSignal: container.lifecycle.stopSignal } : {}),
    linux: {
      resources: containerResources(pod, container, input.nodeResources),
      securityContext: containerSecurityContext(pod, container, image, input.targetId),
    },
  };
}

/** No volume of this node is a block device. Upstream: pkg/kubelet/kubelet_pods.go#makeBlockVolumes */
function checkDevices({ name, volumeDevices = [] }: V1Container): void {
  const [device] = volumeDevices;
  if (device)
    throw new ContainerConfigError(
      `cannot find volume ${JSON.stringify(device.name)} to pass into container ${JSON.stringify(name)}`,
    );
}

export function podLabels(pod: V1Pod): Record<string, string> {
  return {
    ...pod.metadata.labels,
    [POD_NAME_LABEL]: pod.metadata.name ?? "",
    [POD_NAMESPACE_LABEL]: pod.metadata.namespace ?? "",
    [POD_UID_LABEL]: pod.metadata.uid ?? "",
  };
}

const PROPAGATION: Readonly<Record<string, MountPropagation>> = {
  None: "PROPAGATION_PRIVATE",
  HostToContainer: "PROPAGATION_HOST_TO_CONTAINER",
  Bidirectional: "PROPAGATION_BIDIRECTIONAL",
};

async function volumeMounts(input: ContainerConfigInput): Promise<Mount[]> {
  const mounts: Mount[] = [];
  const onlyToRead = new Set((input.pod.spec.volumes ?? []).filter(isReadOnly).map(({ name }) => name));
  for (const [index, mount] of (input.container.volumeMounts ?? []).entries()) {
    const containerPath = mount.mountPath.startsWith("/") ? mount.mountPath : `/${mount.mountPath}`;
    const image = input.imageVolumes?.get(mount.name);
    if (image) {
      const imageSubPath = subPathOf(mount, input);
      mounts.push({ containerPath, hostPath: "", image, readonly: true, ...(imageSubPath ? { imageSubPath } : {}) });
      continue;
    }
    const recursiveReadOnly = resolveRecursiveReadOnly(mount, input.recursiveReadOnlyMounts ?? false);
    mounts.push({
      containerPath,
      hostPath: await sourceOf(mount, index, input),
      readonly: (mount.readOnly ?? false) || onlyToRead.has(mount.name),
      ...(recursiveReadOnly ? { recursiveReadOnly } : {}),
      propagation: PROPAGATION[mount.mountPropagation ?? "None"] ?? "PROPAGATION_PRIVATE",
    });
  }
  return mounts;
}

/** Upstream: pkg/kubelet/kubelet_pods.go#resolveRecursiveReadOnly */
function resolveRecursiveReadOnly(mount: V1VolumeMount, supported: boolean): boolean {
  const { recursiveReadOnly: wanted = "Disabled", mountPropagation: propagation = "None" } = mount;
  if (wanted === "Disabled") return false;
  const refuse = (why: string) =>
    new ContainerConfigError(
      `failed to resolve recursive read-only mode: volume ${JSON.stringify(mount.name)} requested recursive read-only mode, but it is ${why}`,
    );
  if (!mount.readOnly) throw refuse("not read-only");
  if (propagation !== "None") throw refuse(`not compatible with propagation ${JSON.stringify(propagation)}`);
  if (wanted === "Enabled" && !supported) throw refuse("not supported by the runtime");
  return supported;
}

async function sourceOf(mount: V1VolumeMount, index: number, input: ContainerConfigInput): Promise<string> {
  const volume = input.volumes.get(mount.name);
  if (volume === undefined) throw new ContainerConfigError(`volume ${JSON.stringify(mount.name)} is not set up`);
  const subPath = subPathOf(mount, input);
  if (subPath === "") return volume;
  const { podDirectory, container, host } = input;
  const target = `${podDirectory}/volume-subpaths/${mount.name}/${container.name}/${index}`;
  try {
    await host.bindSubPath(volume, subPath, target);
  } catch (cause) {
    // No more is told: why would tell something of the machine's files.
    const what = `volumeMount ${JSON.stringify(mount.name)} of container ${JSON.stringify(container.name)}`;
    throw new ContainerConfigError(`failed to prepare subPath for ${what}`, { cause });
  }
  return target;
}

/** Upstream: pkg/kubelet/kubelet_pods.go#makeMounts */
function subPathOf({ subPathExpr, subPath = "" }: V1VolumeMount, { environment }: ContainerConfigInput): string {
  const path = subPathExpr ? expandStrictly(subPathExpr, environment) : subPath;
  if (path.startsWith("/")) throw new ContainerConfigError(`error SubPath \`${path}\` must not be an absolute path`);
  if (path.split("/").includes(".."))
    throw new ContainerConfigError(`unable to provision SubPath \`${path}\`: must not contain '..'`);
  return path;
}

function expandStrictly(text: string, environment: ReadonlyMap<string, string>): string {
  return expand(text, (name) => {
    const value = environment.get(name);
    if (value === undefined) throw new ContainerConfigError(`missing value for ${JSON.stringify(name)}`);
    return value;
  });
}

/** The hosts file, and the file that a termination message is written to. */
async function specialMounts(input: ContainerConfigInput): Promise<Mount[]> {
  const { container, hostsFile, podDirectory, attempt, host } = input;
  const mounts: Mount[] = [];
  const taken = new Set((container.volumeMounts ?? []).map(({ mountPath }) => mountPath));
  if (hostsFile !== undefined && !taken.has("/etc/hosts"))
    mounts.push({ containerPath: "/etc/hosts", hostPath: hostsFile });
  if (container.terminationMessagePath) {
    const directory = `${podDirectory}/containers/${container.name}`;
    await host.makeDirectory(directory, 0o750);
    const file = `${directory}/${attempt}`;
    await host.writeFile(file, "", 0o666);
    mounts.push({ containerPath: container.terminationMessagePath, hostPath: file });
  }
  return mounts;
}

export function terminationMessageFile(podDirectory: string, name: string, attempt: number): string {
  return `${podDirectory}/containers/${name}/${attempt}`;
}

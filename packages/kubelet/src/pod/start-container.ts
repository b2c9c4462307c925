import type { V1Container, V1Pod } from "@dingi/api";
import { describeError } from "@dingi/base";
import { RuntimeError, type ContainerStatus, type ImageSpec, type PodSandboxConfig } from "@dingi/cri";
import { makeContainerConfig } from "../container/container-config.ts";
import { ContainerConfigError, makeEnvironment, type EnvironmentSources } from "../container/environment.ts";
import { hostsFile, nodeHostsFile } from "../container/hosts-file.ts";
import { ImageError, type ImagePuller } from "../container/image-puller.ts";
import type { DnsSettings } from "../container/sandbox-config.ts";
import type { Host, NodeResources } from "../host/host.ts";
import { latestContainer, type PodRuntime } from "../runtime/pod-runtime.ts";
import type { Waiting } from "../status/container-status.ts";
import type { RuntimeFeatures } from "../runtime/runtime-features.ts";
import type { RuntimeOwners } from "../runtime/runtime-owners.ts";
import type { VolumeManager } from "../volume/volume-manager.ts";
import { killContainer } from "./kill.ts";
import { runHook, type HookServices } from "./lifecycle-hooks.ts";
import type { PodResources } from "./pod-resources.ts";

export interface StartServices extends HookServices {
  readonly volumes: VolumeManager;
  readonly images: ImagePuller;
  readonly owners: RuntimeOwners;
  readonly dns: DnsSettings;
  readonly nodeResources: NodeResources;
  readonly features: () => RuntimeFeatures;
  environmentSources(pod: V1Pod, podIps: readonly string[]): EnvironmentSources;
}

/** A file of variables is read into memory; upstream refuses lines above 64 KiB. */
const MAX_ENV_FILE = 1024 * 1024;
const MAX_HOSTS_FILE = 1024 * 1024;

/** A pod's sandbox, as its containers need it. */
export interface RunningSandbox {
  readonly id: string;
  readonly config: PodSandboxConfig;
  /** Of the pod's RuntimeClass; "" is the runtime's own. */
  readonly handler: string;
  readonly podIps: readonly string[];
}

/** One start of one container. */
interface ContainerStart {
  readonly pod: V1Pod;
  readonly container: V1Container;
  readonly sandbox: RunningSandbox;
  /** The pod's volumes on the node, by name. */
  readonly volumes: ReadonlyMap<string, string>;
  readonly runtime: PodRuntime;
  readonly resources: PodResources;
  readonly signal: AbortSignal;
}

/**
 * Fetches the container's image, creates it and starts it, its hook included; `waitingOf` tells what an error means.
 * Upstream: pkg/kubelet/kuberuntime/kuberuntime_container.go#startContainer
 */
export async function startContainer(start: ContainerStart, options: StartServices): Promise<void> {
  const { pod, container, sandbox, resources, signal } = start;
  const { cri, events, owners } = options;
  const config = await containerConfig(start, options);
  const id = await named(
    "CreateContainerError",
    cri.runtime.createContainer(sandbox.id, config, { sandboxConfig: sandbox.config, signal }),
  );
  owners.own(id, pod.metadata.uid!);
  resources.actuate(container.name);
  events.container(pod, container, "Normal", "Created", `Container created`);
  await named("RunContainerError", cri.runtime.startContainer(id, { signal }));
  events.container(pod, container, "Normal", "Started", `Container started`);
  if (container.lifecycle?.postStart) await postStart(id, start, options);
}

/** Why a container that could not be started waits. */
export function waitingOf(error: unknown): Waiting {
  if (error instanceof ImageError || error instanceof StartError)
    return { reason: error.reason, message: error.message };
  return { reason: "CreateContainerConfigError", message: messageOf(error) };
}

/** What the event of a failed start says; undefined when the failure has been told in its own words. */
export function startEventOf(error: unknown): string | undefined {
  if (error instanceof ImageError) return `Error: ${error.reason}`;
  if (error instanceof StartError && error.reason === "PostStartHookError") return undefined;
  return `Error: ${waitingOf(error).message}`;
}

/** A runtime's error is shown in its own words alone. */
function messageOf(error: unknown): string {
  return error instanceof RuntimeError || error instanceof ContainerConfigError ? error.message : describeError(error);
}

async function containerConfig(start: ContainerStart, options: StartServices) {
  const { pod, container, sandbox, volumes, runtime, signal } = start;
  const { host, nodeResources } = options;
  const podDirectory = options.volumes.podDirectory(pod.metadata.uid!);
  const image = await options.images.ensure({ pod, container, sandbox: sandbox.config, signal });
  return await makeContainerConfig({
    pod,
    container,
    attempt: nextAttempt(pod, container, latestContainer(runtime, container.name)),
    image,
    imageRef: image.id,
    targetId: targetOf(pod, container, runtime),
    imageVolumes: await imageVolumes(start, options),
    environment: await makeEnvironment(pod, container, {
      ...options.environmentSources(pod, sandbox.podIps),
      file: async (name, path) => await readVolumeFile(host, volumes.get(name), path),
    }),
    volumes,
    podDirectory,
    hostsFile: await writeHostsFile(podDirectory, start, options),
    nodeResources,
    recursiveReadOnlyMounts: options.features().recursiveReadOnlyMounts.has(sandbox.handler),
    host,
  });
}

async function readVolumeFile(host: Host, volume: string | undefined, path: string): Promise<string | undefined> {
  if (volume === undefined) return undefined;
  try {
    const content = await host.readWithin(volume, path, MAX_ENV_FILE);
    return content && Buffer.from(content).toString();
  } catch (error) {
    throw new ContainerConfigError(`couldn't read env file: ${describeError(error)}`);
  }
}

/** The images that the container mounts. Upstream: pkg/kubelet/kuberuntime/kuberuntime_manager.go#getImageVolumes */
async function imageVolumes(
  { pod, container, sandbox, signal }: ContainerStart,
  { images }: StartServices,
): Promise<ReadonlyMap<string, ImageSpec>> {
  const mounted = new Set((container.volumeMounts ?? []).map(({ name }) => name));
  const specs = new Map<string, ImageSpec>();
  for (const { name, image } of pod.spec.volumes ?? []) {
    if (!image || !mounted.has(name)) continue;
    const reference = image.reference ?? "";
    const wanted = { name: container.name, image: reference, imagePullPolicy: image.pullPolicy };
    const { id } = await images.ensure({ pod, container: wanted, sandbox: sandbox.config, signal });
    specs.set(name, { image: id, userSpecifiedImage: reference });
  }
  return specs;
}

async function writeHostsFile(
  podDirectory: string,
  { pod, sandbox }: ContainerStart,
  { host, dns }: StartServices,
): Promise<string> {
  const file = `${podDirectory}/etc-hosts`;
  const content = pod.spec.hostNetwork
    ? nodeHostsFile(pod, (await host.readTail("/etc/hosts", MAX_HOSTS_FILE)) ?? "")
    : hostsFile(pod, sandbox.podIps, dns.clusterDomain);
  await host.makeDirectory(podDirectory, 0o750);
  await host.writeFile(file, content, 0o644);
  return file;
}

/** A container whose hook fails is stopped. What the hook printed stays out of the event: it may be secret. */
async function postStart(containerId: string, start: ContainerStart, services: StartServices): Promise<void> {
  const { pod, container, sandbox, signal } = start;
  const podIp = sandbox.podIps[0] ?? "";
  try {
    await runHook(container.lifecycle!.postStart!, { ...services, pod, container, containerId, podIp, signal });
  } catch (error) {
    if (signal.aborted) throw error;
    services.events.container(pod, container, "Warning", "FailedPostStartHook", "PostStartHook failed");
    const graceSeconds = Number(pod.spec.terminationGracePeriodSeconds ?? 30);
    const killed = { services, pod, spec: container, container: { id: containerId }, podIp, graceSeconds, signal };
    await killContainer({ ...killed, message: "FailedPostStartHook" });
    throw new StartError("PostStartHookError", describeError(error), { cause: error });
  }
}

class StartError extends Error {
  readonly reason: string;

  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

async function named<T>(reason: string, work: Promise<T>): Promise<T> {
  return await work.catch((error: unknown) => {
    throw new StartError(reason, messageOf(error), { cause: error });
  });
}

/** The container whose processes an ephemeral one is to see. Upstream: pkg/kubelet/kuberuntime/kuberuntime_container.go#getTargetID */
function targetOf(pod: V1Pod, { name }: V1Container, runtime: PodRuntime): string | undefined {
  const target = pod.spec.ephemeralContainers?.find((container) => container.name === name)?.targetContainerName;
  if (!target) return undefined;
  const found = latestContainer(runtime, target);
  if (!found) throw new ContainerConfigError(`unable to find target container ${target}`);
  return found.id;
}

function nextAttempt(pod: V1Pod, container: V1Container, latest: ContainerStatus | undefined): number {
  if (latest) return latest.metadata.attempt + 1;
  const statuses = [...(pod.status.containerStatuses ?? []), ...(pod.status.initContainerStatuses ?? [])];
  const known = statuses.find(({ name }) => name === container.name);
  // Without an id, the next attempt is counted already: all containers are being started anew.
  return known?.containerID ? known.restartCount + 1 : (known?.restartCount ?? 0);
}

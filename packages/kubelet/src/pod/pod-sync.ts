import {
  hasRuntimeCode,
  type ContainerRuntime,
  type ContainerStatus,
  type ImageSpec,
  type PodSandboxConfig,
} from "@dingi/cri";
import { type V1Container, type V1Pod } from "@dingi/api";
import { describeError, type Clock, type Logger } from "@dingi/base";
import { makeContainerConfig, containerHash } from "../container/container-config.ts";
import { ContainerConfigError, makeEnvironment, type EnvironmentSources } from "../container/environment.ts";
import { hostsFile } from "../container/hosts-file.ts";
import { ImageError, type ImagePuller } from "../container/image-puller.ts";
import { podCgroup, podCgroupResources } from "../container/resources.ts";
import { makeSandboxConfig, podLogDirectory, type DnsSettings } from "../container/sandbox-config.ts";
import type { Host } from "../host/host.ts";
import { everyContainer } from "./pod-containers.ts";
import type { PodEvents } from "./pod-events.ts";
import type { ProbeManager } from "../probe/probe-manager.ts";
import {
  latestContainer,
  readPodRuntime,
  readySandbox,
  containerName,
  type PodRuntime,
} from "../runtime/pod-runtime.ts";
import { startedHash, type Waiting } from "../status/container-status.ts";
import type { VolumeManager } from "../volume/volume-manager.ts";
import { Backoff, durationText } from "./backoff.ts";
import { runHook } from "./lifecycle-hooks.ts";
import { killPodContainers, killContainer } from "./kill.ts";
import { POD_LEVEL, type PodResources } from "./pod-resources.ts";
import { containersToUpdate, resizeContainers, resizeSummary } from "./resize.ts";
import { planPod, type KillReason, type PodPlan } from "./plan.ts";

export interface PodSyncOptions {
  readonly cri: ContainerRuntime;
  readonly host: Host;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly volumes: VolumeManager;
  readonly images: ImagePuller;
  readonly probes: ProbeManager;
  readonly events: PodEvents;
  readonly dns: DnsSettings;
  readonly cgroupRoot: string;
  readonly nodeMemoryBytes: number;
  environmentSources(pod: V1Pod, podIps: readonly string[]): EnvironmentSources;
}

/** What one round left behind, for the pod's status and for when to look again. */
export interface SyncOutcome {
  readonly runtime: PodRuntime;
  /** By container name. */
  readonly waiting: ReadonlyMap<string, Waiting>;
  /** Something has to be tried again after this long. */
  readonly retryMs: number | undefined;
}

const KILL_MESSAGES: Readonly<Record<KillReason, string>> = {
  "sandbox gone": "pod sandbox is gone",
  "spec changed": "definition changed, will be restarted",
  "liveness failed": "failed liveness probe, will be restarted",
  resized: "resize requires restart",
  "startup failed": "failed startup probe, will be restarted",
  "unknown state": "is in unknown state, try killing it before restart",
  "pod finished": "pod finished",
};

const RETRY_MS = 2000;

/** Brings one pod's containers to what its spec says, one round at a time. Upstream: pkg/kubelet/kuberuntime/kuberuntime_manager.go#SyncPod */
export class PodSync {
  readonly #options: PodSyncOptions;
  readonly #backoff: Backoff;

  constructor(options: PodSyncOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.clock);
  }

  /** The pod is to have its allocated resources. */
  async round(pod: V1Pod, resources: PodResources, signal: AbortSignal): Promise<SyncOutcome> {
    const round = new Round(this.#options, this.#backoff, { pod, resources, signal });
    return await round.run();
  }

  forget(uid: string): void {
    this.#backoff.reset(uid);
  }
}

/** The state of one round. */
class Round {
  readonly #options: PodSyncOptions;
  readonly #backoff: Backoff;
  readonly #pod: V1Pod;
  readonly #resources: PodResources;
  readonly #signal: AbortSignal;
  readonly #waiting = new Map<string, Waiting>();
  #retryMs: number | undefined;

  constructor(
    options: PodSyncOptions,
    backoff: Backoff,
    { pod, resources, signal }: { pod: V1Pod; resources: PodResources; signal: AbortSignal },
  ) {
    this.#options = options;
    this.#backoff = backoff;
    this.#pod = pod;
    this.#resources = resources;
    this.#signal = signal;
  }

  async run(): Promise<SyncOutcome> {
    const runtime = await this.#read();
    const { probes } = this.#options;
    const plan = planPod({
      pod: this.#pod,
      runtime,
      hashOf: containerHash,
      startedHash,
      needsResize: (container) => this.#resources.needsRestart(container),
      probes: {
        liveness: (id) => probes.verdict(id, "liveness"),
        startup: (id) => {
          const verdict = probes.verdict(id, "startup");
          return verdict ?? (this.#hasStartupProbe(runtime, id) ? undefined : true);
        },
      },
    });
    await this.#apply(plan, runtime);
    return { runtime: await this.#read(), waiting: this.#waiting, retryMs: this.#retryMs };
  }

  #hasStartupProbe(runtime: PodRuntime, id: string): boolean {
    const status = runtime.containers.find((container) => container.id === id);
    return everyContainer(this.#pod).some(
      (container) => status && container.name === containerName(status) && container.startupProbe !== undefined,
    );
  }

  async #read(): Promise<PodRuntime> {
    const { uid = "", name = "", namespace = "" } = this.#pod.metadata;
    return await readPodRuntime(this.#options.cri, { uid, name, namespace }, this.#signal);
  }

  async #apply(plan: PodPlan, runtime: PodRuntime): Promise<void> {
    if (plan.killPod) await this.#killPod(runtime);
    for (const kill of plan.kills) await this.#kill(kill.container, kill.name, kill.reason);
    await this.#resize(plan, runtime);
    const starts = [...plan.startEphemeral, ...plan.startInit, ...plan.start];
    if (!plan.createSandbox && starts.length === 0) {
      return await this.#options.volumes.refresh(this.#pod).catch((error: unknown) => this.#refreshFailed(error));
    }
    const volumes = await this.#setUpVolumes();
    if (!volumes) return;
    const sandbox = await this.#sandbox(plan, runtime);
    if (!sandbox) return;
    for (const container of plan.startEphemeral) await this.#start(container, sandbox, volumes, runtime);
    for (const container of plan.startInit) if (!(await this.#start(container, sandbox, volumes, runtime))) return;
    await Promise.all(plan.start.map((container) => this.#start(container, sandbox, volumes, runtime)));
  }

  async #resize(plan: PodPlan, runtime: PodRuntime): Promise<void> {
    const { cri, host, cgroupRoot, nodeMemoryBytes, events } = this.#options;
    const [pod, resources, signal] = [this.#pod, this.#resources, this.#signal];
    const isResized = plan.kills.some(({ reason }) => reason === "resized");
    if (!isResized && containersToUpdate({ pod, resources, runtime }).length === 0) return;
    try {
      await resizeContainers({ cri, host, cgroupRoot, nodeMemoryBytes, pod, resources, runtime, signal });
      resources.error = undefined;
    } catch (error) {
      if (signal.aborted) throw error;
      resources.error = describeError(error);
      const message = `Pod resize error: ${resizeSummary(pod, resources.error)}`;
      events.pod(pod, "Warning", "ResizeError", message);
      this.#retry(RETRY_MS);
    }
  }

  async #killPod(runtime: PodRuntime): Promise<void> {
    const { cri } = this.#options;
    await killPodContainers({
      cri,
      pod: this.#pod,
      runtime,
      graceSeconds: undefined,
      hooks: this.#hookRunner(runtime),
      signal: this.#signal,
    });
    for (const sandbox of runtime.sandboxes)
      if (sandbox.state === "SANDBOX_READY") await cri.runtime.stopPodSandbox(sandbox.id, { signal: this.#signal });
  }

  async #kill(container: ContainerStatus, name: string, reason: KillReason): Promise<void> {
    const { cri, events } = this.#options;
    const spec = this.#spec(name);
    events.container(this.#pod, spec, "Normal", "Killing", `Container ${name} ${KILL_MESSAGES[reason]}`);
    const probe =
      reason === "liveness failed" ? spec?.livenessProbe : reason === "startup failed" ? spec?.startupProbe : undefined;
    const graceSeconds = probe?.terminationGracePeriodSeconds ?? this.#pod.spec.terminationGracePeriodSeconds ?? 30;
    await killContainer({
      cri,
      container,
      spec,
      graceSeconds: Number(graceSeconds),
      hooks: this.#hookRunner(undefined),
      signal: this.#signal,
    });
  }

  #spec(name: string): V1Container | undefined {
    return everyContainer(this.#pod).find((container) => container.name === name);
  }

  #hookRunner(runtime: PodRuntime | undefined) {
    const podIp = runtime ? (readySandbox(runtime)?.network?.ip ?? "") : (this.#pod.status.podIP ?? "");
    const { cri, host, clock } = this.#options;
    return { run: runHook, cri, host, podIp, clock };
  }

  async #setUpVolumes(): Promise<ReadonlyMap<string, string> | undefined> {
    try {
      return await this.#options.volumes.setUp(this.#pod);
    } catch (error) {
      const message = describeError(error);
      this.#options.events.pod(this.#pod, "Warning", "FailedMount", `MountVolume.SetUp failed: ${message}`);
      this.#retry(RETRY_MS);
      return undefined;
    }
  }

  /** The volumes keep their last content. */
  #refreshFailed(error: unknown): void {
    this.#options.logger.debug("Volumes were not refreshed", {
      pod: this.#pod.metadata.name,
      error: describeError(error),
    });
    this.#retry(RETRY_MS);
  }

  #retry(ms: number): void {
    this.#retryMs = Math.min(this.#retryMs ?? Number.POSITIVE_INFINITY, ms);
  }

  async #sandbox(
    plan: PodPlan,
    runtime: PodRuntime,
  ): Promise<{ id: string; config: PodSandboxConfig; podIps: readonly string[] } | undefined> {
    const { cri, host, dns, cgroupRoot } = this.#options;
    const existing = plan.createSandbox ? undefined : readySandbox(runtime);
    const attempt = existing?.metadata.attempt ?? plan.attempt;
    const config = makeSandboxConfig({ pod: this.#pod, attempt, dns, cgroupRoot });
    if (existing) return { id: existing.id, config, podIps: ipsOf(existing.network) };
    try {
      await host.makeDirectory(podLogDirectory(this.#pod), 0o755);
      await host.setCgroup(podCgroup(cgroupRoot, this.#pod), podCgroupResources(this.#pod));
      this.#resources.actuate(POD_LEVEL);
      const id = await cri.runtime.runPodSandbox(config, { signal: this.#signal });
      const { status } = await cri.runtime.podSandboxStatus(id, { signal: this.#signal });
      return { id, config, podIps: ipsOf(status.network) };
    } catch (error) {
      const message = `Failed to create pod sandbox: ${describeError(error)}`;
      this.#options.events.pod(this.#pod, "Warning", "FailedCreatePodSandBox", message);
      this.#retry(RETRY_MS);
      return undefined;
    }
  }

  /** Returns false when the container could not be started; why stands in `waiting`. */
  async #start(
    container: V1Container,
    sandbox: { id: string; config: PodSandboxConfig; podIps: readonly string[] },
    volumes: ReadonlyMap<string, string>,
    runtime: PodRuntime,
  ): Promise<boolean> {
    const latest = latestContainer(runtime, container.name);
    const key = `${this.#pod.metadata.uid}/${container.name}/${containerHash(container)}`;
    if (latest && this.#mustWait(container, latest, key)) return false;
    try {
      await this.#options.host.makeDirectory(`${podLogDirectory(this.#pod)}/${container.name}`, 0o755);
      const image = await this.#options.images.ensure(this.#pod, container, sandbox.config, this.#signal);
      await this.#createAndStart(container, sandbox, volumes, {
        image,
        attempt: nextAttempt(this.#pod, container, latest),
        targetId: targetOf(this.#pod, container, runtime),
        imageVolumes: await this.#imageVolumes(container, sandbox.config),
      });
      if (latest) this.#backoff.next(key);
      return true;
    } catch (error) {
      if (this.#signal.aborted) throw error;
      this.#failed(container, error);
      return false;
    }
  }

  /** The images that the container mounts. Upstream: pkg/kubelet/kuberuntime/kuberuntime_manager.go#getImageVolumes */
  async #imageVolumes(container: V1Container, sandbox: PodSandboxConfig): Promise<ReadonlyMap<string, ImageSpec>> {
    const mounted = new Set((container.volumeMounts ?? []).map(({ name }) => name));
    const specs = new Map<string, ImageSpec>();
    for (const { name, image } of this.#pod.spec.volumes ?? []) {
      if (!image || !mounted.has(name)) continue;
      const reference = image.reference ?? "";
      const wanted = { name: container.name, image: reference, imagePullPolicy: image.pullPolicy };
      const { id } = await this.#options.images.ensure(this.#pod, wanted, sandbox, this.#signal);
      specs.set(name, { image: id, userSpecifiedImage: reference });
    }
    return specs;
  }

  #mustWait(container: V1Container, latest: ContainerStatus, key: string): boolean {
    const remaining = this.#backoff.remainingMs(key, latest.finishedAtMs);
    if (remaining === 0) return false;
    const text = durationText(this.#backoff.delayMs(key));
    const { name = "", namespace = "", uid = "" } = this.#pod.metadata;
    const message = `back-off ${text} restarting failed container=${container.name} pod=${name}_${namespace}(${uid})`;
    this.#waiting.set(container.name, { reason: "CrashLoopBackOff", message });
    this.#options.events.container(
      this.#pod,
      container,
      "Warning",
      "BackOff",
      `Back-off restarting failed container ${container.name} in pod ${name}_${namespace}(${uid})`,
    );
    this.#retry(remaining);
    return true;
  }

  async #createAndStart(
    container: V1Container,
    sandbox: { id: string; config: PodSandboxConfig; podIps: readonly string[] },
    volumes: ReadonlyMap<string, string>,
    how: {
      image: Awaited<ReturnType<ImagePuller["ensure"]>>;
      attempt: number;
      targetId: string | undefined;
      imageVolumes: ReadonlyMap<string, ImageSpec>;
    },
  ): Promise<void> {
    const { cri, host, volumes: manager, dns, nodeMemoryBytes, events } = this.#options;
    const pod = this.#pod;
    const podDirectory = manager.podDirectory(pod.metadata.uid!);
    const environment = await makeEnvironment(pod, container, this.#options.environmentSources(pod, sandbox.podIps));
    const hosts = await this.#hostsFile(podDirectory, sandbox.podIps, dns.clusterDomain);
    const config = await makeContainerConfig({
      pod,
      container,
      attempt: how.attempt,
      image: how.image,
      imageRef: how.image.id,
      targetId: how.targetId,
      imageVolumes: how.imageVolumes,
      environment,
      volumes,
      podDirectory,
      hostsFile: hosts,
      nodeMemoryBytes,
      host,
    });
    const id = await this.#named(
      "CreateContainerError",
      cri.runtime.createContainer(sandbox.id, config, { sandboxConfig: sandbox.config, signal: this.#signal }),
    );
    this.#resources.actuate(container.name);
    events.container(pod, container, "Normal", "Created", `Container created`);
    await this.#named("RunContainerError", cri.runtime.startContainer(id, { signal: this.#signal }));
    events.container(pod, container, "Normal", "Started", `Container started`);
    if (container.lifecycle?.postStart) await this.#postStart(container, id, sandbox.podIps[0] ?? "");
  }

  async #named<T>(reason: string, work: Promise<T>): Promise<T> {
    return await work.catch((error: unknown) => {
      throw new StartError(reason, describeError(error), { cause: error });
    });
  }

  async #postStart(container: V1Container, id: string, podIp: string): Promise<void> {
    const { cri, host, events } = this.#options;
    try {
      await runHook(container.lifecycle!.postStart!, {
        cri,
        host,
        container,
        containerId: id,
        podIp,
        signal: this.#signal,
      });
    } catch (error) {
      events.container(
        this.#pod,
        container,
        "Warning",
        "FailedPostStartHook",
        `PostStartHook failed: ${describeError(error)}`,
      );
      await cri.runtime.stopContainer(id, Number(this.#pod.spec.terminationGracePeriodSeconds ?? 30), {
        signal: this.#signal,
      });
      throw new StartError("PostStartHookError", describeError(error), { cause: error });
    }
  }

  async #hostsFile(
    podDirectory: string,
    podIps: readonly string[],
    clusterDomain: string,
  ): Promise<string | undefined> {
    if (this.#pod.spec.hostNetwork) return undefined;
    const file = `${podDirectory}/etc-hosts`;
    await this.#options.host.makeDirectory(podDirectory, 0o750);
    await this.#options.host.writeFile(file, hostsFile(this.#pod, podIps, clusterDomain), 0o644);
    return file;
  }

  #failed(container: V1Container, error: unknown): void {
    const { events, logger } = this.#options;
    const { reason, message } = reasonOf(error);
    this.#waiting.set(container.name, { reason, message });
    if (!(error instanceof ImageError))
      events.container(this.#pod, container, "Warning", "Failed", `Error: ${message}`);
    logger.debug("Container did not start", {
      pod: this.#pod.metadata.name,
      container: container.name,
      reason,
      error: message,
    });
    this.#retry(error instanceof ImageError && error.reason === "ImagePullBackOff" ? 5 * RETRY_MS : RETRY_MS);
  }
}

class StartError extends Error {
  readonly reason: string;

  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

function reasonOf(error: unknown): Waiting {
  if (error instanceof ImageError || error instanceof StartError)
    return { reason: error.reason, message: error.message };
  if (error instanceof ContainerConfigError) return { reason: "CreateContainerConfigError", message: error.message };
  if (hasRuntimeCode(error, "NotFound")) return { reason: "CreateContainerError", message: error.message };
  return { reason: "CreateContainerConfigError", message: describeError(error) };
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
  return known?.containerID ? known.restartCount + 1 : 0;
}

function ipsOf(
  network: { readonly ip: string; readonly additionalIps: readonly { readonly ip: string }[] } | undefined,
): string[] {
  if (!network || network.ip === "") return [];
  return [network.ip, ...network.additionalIps.map(({ ip }) => ip)];
}

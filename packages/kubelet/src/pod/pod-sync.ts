import type { ContainerStatus } from "@dingi/cri";
import { type V1Container, type V1Pod } from "@dingi/api";
import { describeError, type Clock, type Logger } from "@dingi/base";
import { containerHash } from "../container/container-config.ts";
import { ImageError } from "../container/image-puller.ts";
import { podCgroup, podCgroupResources } from "../container/resources.ts";
import { makeSandboxConfig, podLogDirectory } from "../container/sandbox-config.ts";
import { everyContainer } from "./pod-containers.ts";
import type { ProbeManager } from "../probe/probe-manager.ts";
import { latestContainer, readySandbox, containerName, type PodRuntime } from "../runtime/pod-runtime.ts";
import type { RuntimeOwners } from "../runtime/runtime-owners.ts";
import { startedHash, type Waiting } from "../status/container-status.ts";
import { Backoff, durationText } from "./backoff.ts";
import { runHook } from "./lifecycle-hooks.ts";
import { killPodContainers, killContainer } from "./kill.ts";
import { POD_LEVEL, type PodResources } from "./pod-resources.ts";
import { containersToUpdate, resizeContainers, resizeSummary } from "./resize.ts";
import { startContainer, waitingOf, type RunningSandbox, type StartServices } from "./start-container.ts";
import { planPod, type KillReason, type PodPlan } from "./plan.ts";

export interface PodSyncOptions extends StartServices {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly probes: ProbeManager;
  readonly owners: RuntimeOwners;
  readonly cgroupRoot: string;
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
    const { cri, owners } = this.#options;
    return await owners.read(cri, { uid, name, namespace }, this.#signal);
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

  async #sandbox(plan: PodPlan, runtime: PodRuntime): Promise<RunningSandbox | undefined> {
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
    sandbox: RunningSandbox,
    volumes: ReadonlyMap<string, string>,
    runtime: PodRuntime,
  ): Promise<boolean> {
    const latest = latestContainer(runtime, container.name);
    const key = `${this.#pod.metadata.uid}/${container.name}/${containerHash(container)}`;
    if (latest && this.#mustWait(container, latest, key)) return false;
    try {
      await this.#options.host.makeDirectory(`${podLogDirectory(this.#pod)}/${container.name}`, 0o755);
      const [pod, resources, signal] = [this.#pod, this.#resources, this.#signal];
      await startContainer({ pod, container, sandbox, volumes, runtime, resources, signal }, this.#options);
      if (latest) this.#backoff.next(key);
      return true;
    } catch (error) {
      if (this.#signal.aborted) throw error;
      this.#failed(container, error);
      return false;
    }
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

  #failed(container: V1Container, error: unknown): void {
    const { events, logger } = this.#options;
    const { reason, message } = waitingOf(error);
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

function ipsOf(
  network: { readonly ip: string; readonly additionalIps: readonly { readonly ip: string }[] } | undefined,
): string[] {
  if (!network || network.ip === "") return [];
  return [network.ip, ...network.additionalIps.map(({ ip }) => ip)];
}

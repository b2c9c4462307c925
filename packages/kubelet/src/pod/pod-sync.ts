import { rpcErrorText } from "@dingi/cri";
import { isSidecar, type V1Container, type V1Pod } from "@dingi/api";
import { describeError, type Logger } from "@dingi/base";
import { containerHash } from "../container/container-config.ts";
import { podCgroup, podCgroupResources } from "../container/resources.ts";
import { makeSandboxConfig, podLogDirectory } from "../container/sandbox-config.ts";
import { checkUserNamespace } from "../container/security-context.ts";
import { everyContainer, formatPod } from "./pod-containers.ts";
import type { ProbeManager } from "../probe/probe-manager.ts";
import { readySandbox, containerName, type PodRuntime } from "../runtime/pod-runtime.ts";
import { startedHash, type Waiting } from "../status/container-status.ts";
import { Backoff } from "./backoff.ts";
import { killPodContainers, killContainer } from "./kill.ts";
import { POD_LEVEL, type PodResources } from "./pod-resources.ts";
import { containersToUpdate, resizeContainers, resizeSummary } from "./resize.ts";
import { startContainer, startEventOf, waitingOf, type RunningSandbox, type StartServices } from "./start-container.ts";
import { planPod, type Kill, type PodPlan } from "./plan.ts";
import { containersToReset, isCleanedUp, isToldRestarting, restartAllSource } from "./restart-all.ts";
import { RestartBackoff } from "./restart-backoff.ts";

interface PodSyncOptions extends StartServices {
  readonly logger: Logger;
  readonly probes: ProbeManager;
  readonly cgroupRoot: string;
  /** Of a RuntimeClass; throws when there is none of that name. */
  readonly runtimeHandler: (runtimeClass: string) => Promise<string>;
}

/** What one round left behind, for the pod's status and for when to look again. */
export interface SyncOutcome {
  readonly runtime: PodRuntime;
  /** By container name. */
  readonly waiting: ReadonlyMap<string, Waiting>;
  /** Something has to be tried again after this long: back-offs end then. */
  readonly retryMs: number | undefined;
  /** Something failed that is to be tried again in a while. */
  readonly failed: boolean;
}

/** A volume that could not be set up. Upstream: pkg/util/goroutinemap/exponentialbackoff/exponential_backoff.go */
const FIRST_MOUNT_DELAY_MS = 500;
const MAX_MOUNT_DELAY_MS = 122_000;

interface Backoffs {
  readonly restarts: RestartBackoff;
  readonly mounts: Backoff;
}

/** Brings one pod's containers to what its spec says, one round at a time. Upstream: pkg/kubelet/kuberuntime/kuberuntime_manager.go#SyncPod */
export class PodSync {
  readonly #options: PodSyncOptions;
  readonly #backoffs: Backoffs;

  constructor(options: PodSyncOptions) {
    this.#options = options;
    const { clock } = options;
    this.#backoffs = {
      restarts: new RestartBackoff(clock),
      mounts: new Backoff({ clock, firstMs: FIRST_MOUNT_DELAY_MS, maxMs: MAX_MOUNT_DELAY_MS }),
    };
  }

  /** The pod is to have its allocated resources. */
  async round(pod: V1Pod, resources: PodResources, signal: AbortSignal): Promise<SyncOutcome> {
    const round = new Round(this.#options, this.#backoffs, { pod, resources, signal });
    return await round.run();
  }

  forget(uid: string): void {
    this.#backoffs.restarts.forget(uid);
    this.#backoffs.mounts.reset(uid);
    this.#options.images.forget(uid);
  }
}

/** The state of one round. */
class Round {
  readonly #options: PodSyncOptions;
  readonly #backoffs: Backoffs;
  readonly #pod: V1Pod;
  readonly #resources: PodResources;
  readonly #signal: AbortSignal;
  readonly #waiting = new Map<string, Waiting>();
  #retryMs: number | undefined;
  #failed = false;

  constructor(
    options: PodSyncOptions,
    backoffs: Backoffs,
    { pod, resources, signal }: { pod: V1Pod; resources: PodResources; signal: AbortSignal },
  ) {
    this.#options = options;
    this.#backoffs = backoffs;
    this.#pod = pod;
    this.#resources = resources;
    this.#signal = signal;
  }

  async run(): Promise<SyncOutcome> {
    const runtime = await this.#read();
    if (await this.#restartsAll(runtime)) return await this.#outcome();
    await this.#apply(this.#plan(runtime), runtime);
    return await this.#outcome();
  }

  async #outcome(): Promise<SyncOutcome> {
    const runtime = await this.#read();
    return { runtime, waiting: this.#waiting, retryMs: this.#retryMs, failed: this.#failed };
  }

  #plan(runtime: PodRuntime): PodPlan {
    const { probes } = this.#options;
    return planPod({
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
  }

  /**
   * Removes all containers when a rule of one says so; the next round starts them anew. That the pod is being restarted is
   * told before it is. Differs: upstream does that without a pause, again and again; here the container that asks for it is
   * backed off like any other that ends.
   */
  async #restartsAll(runtime: PodRuntime): Promise<boolean> {
    const [pod, services, signal] = [this.#pod, this.#options, this.#signal];
    const source = restartAllSource(pod, runtime);
    const isTold = isToldRestarting(pod.status);
    if (!source && (!isTold || isCleanedUp(pod, runtime))) return false;
    if (source && !isTold) this.#retry(0);
    if ((source && !isTold) || (source && this.#mustWait(source, runtime))) return true;
    for (const container of containersToReset(pod, runtime)) {
      const spec = everyContainer(pod).find(({ name }) => name === containerName(container));
      const kill = { services, pod, spec, container, message: "killing", graceSeconds: 0, podIp: "", signal };
      if (container.state !== "CONTAINER_EXITED") await killContainer(kill);
      await services.cri.runtime.removeContainer(container.id, { signal });
    }
    this.#retry(0);
    return true;
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
    for (const kill of plan.kills) await this.#kill(kill, runtime);
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
    for (const container of plan.startInit) {
      const started = await this.#start(container, sandbox, volumes, runtime);
      // What comes after a sidecar that has started is planned anew.
      if (started && isSidecar(container)) this.#retry(0);
    }
    await Promise.all(plan.start.map((container) => this.#start(container, sandbox, volumes, runtime)));
  }

  async #resize(plan: PodPlan, runtime: PodRuntime): Promise<void> {
    const { cri, host, cgroupRoot, nodeResources, events } = this.#options;
    const [pod, resources, signal] = [this.#pod, this.#resources, this.#signal];
    const isResized = plan.kills.some(({ reason }) => reason === "resized");
    if (!isResized && containersToUpdate({ pod, resources, runtime }).length === 0) return;
    try {
      await resizeContainers({ cri, host, cgroupRoot, nodeResources, pod, resources, runtime, signal });
      resources.error = undefined;
    } catch (error) {
      if (signal.aborted) throw error;
      resources.error = describeError(error);
      const message = `Pod resize error: ${resizeSummary(pod, resources.error)}`;
      events.pod(pod, "Warning", "ResizeError", message);
      this.#failed = true;
    }
  }

  async #killPod(runtime: PodRuntime): Promise<void> {
    const { cri } = this.#options;
    const [services, pod, signal] = [this.#options, this.#pod, this.#signal];
    const graceSeconds = Number(pod.spec.terminationGracePeriodSeconds ?? 30);
    await killPodContainers({ services, pod, runtime, graceSeconds, signal });
    for (const sandbox of runtime.sandboxes)
      if (sandbox.state === "SANDBOX_READY") await cri.runtime.stopPodSandbox(sandbox.id, { signal });
  }

  async #kill({ container, name, reason, message }: Kill, runtime: PodRuntime): Promise<void> {
    const [services, pod, signal] = [this.#options, this.#pod, this.#signal];
    const spec = everyContainer(pod).find((candidate) => candidate.name === name);
    const probe =
      reason === "liveness failed" ? spec?.livenessProbe : reason === "startup failed" ? spec?.startupProbe : undefined;
    const graceSeconds = Number(probe?.terminationGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30);
    const podIp = readySandbox(runtime)?.network?.ip || (pod.status.podIP ?? "");
    await killContainer({ services, pod, spec, container, message, graceSeconds, podIp, signal });
  }

  async #setUpVolumes(): Promise<ReadonlyMap<string, string> | undefined> {
    try {
      const volumes = await this.#options.volumes.setUp(this.#pod);
      this.#backoffs.mounts.reset(this.#pod.metadata.uid!);
      return volumes;
    } catch (error) {
      this.#options.events.pod(this.#pod, "Warning", "FailedMount", describeError(error));
      this.#retryMount();
      return undefined;
    }
  }

  #retryMount(): void {
    const { mounts } = this.#backoffs;
    const uid = this.#pod.metadata.uid!;
    mounts.next(uid, this.#options.clock.now());
    this.#retry(mounts.delayMs(uid));
  }

  /** The volumes keep their last content. */
  #refreshFailed(error: unknown): void {
    this.#options.logger.debug("Volumes were not refreshed", {
      pod: this.#pod.metadata.name,
      error: describeError(error),
    });
    this.#retryMount();
  }

  #retry(ms: number): void {
    this.#retryMs = Math.min(this.#retryMs ?? Number.POSITIVE_INFINITY, ms);
  }

  async #sandbox(plan: PodPlan, runtime: PodRuntime): Promise<RunningSandbox | undefined> {
    const { cri, host, dns, cgroupRoot, owners } = this.#options;
    const existing = plan.createSandbox ? undefined : readySandbox(runtime);
    const attempt = existing?.metadata.attempt ?? plan.attempt;
    if (plan.createSandbox && runtime.sandboxes.length > 0) this.#tellSandboxChanged();
    try {
      const config = makeSandboxConfig({ pod: this.#pod, attempt, dns, cgroupRoot });
      if (existing)
        return { id: existing.id, config, handler: existing.runtimeHandler, podIps: ipsOf(existing.network) };
      const handler = await this.#handler();
      checkUserNamespace(this.#pod, handler);
      await host.makeDirectory(podLogDirectory(this.#pod), 0o755);
      await host.setCgroup(podCgroup(cgroupRoot, this.#pod), podCgroupResources(this.#pod));
      this.#resources.actuate(POD_LEVEL);
      const options = { signal: this.#signal, ...(handler === "" ? {} : { runtimeHandler: handler }) };
      const id = await cri.runtime.runPodSandbox(config, options);
      owners.own(id, this.#pod.metadata.uid!);
      const { status } = await cri.runtime.podSandboxStatus(id, { signal: this.#signal });
      return { id, config, handler, podIps: ipsOf(status.network) };
    } catch (error) {
      if (this.#signal.aborted) throw error;
      const message = `Failed to create pod sandbox: ${rpcErrorText(error)}`;
      this.#options.events.pod(this.#pod, "Warning", "FailedCreatePodSandBox", message);
      this.#failed = true;
      return undefined;
    }
  }

  async #handler(): Promise<string> {
    const { runtimeClassName } = this.#pod.spec;
    return runtimeClassName ? await this.#options.runtimeHandler(runtimeClassName) : "";
  }

  #tellSandboxChanged(): void {
    const message = "Pod sandbox changed, it will be killed and re-created.";
    this.#options.events.pod(this.#pod, "Normal", "SandboxChanged", message);
  }

  /** Returns false when the container could not be started; why stands in `waiting`. */
  async #start(
    container: V1Container,
    sandbox: RunningSandbox,
    volumes: ReadonlyMap<string, string>,
    runtime: PodRuntime,
  ): Promise<boolean> {
    if (this.#mustWait(container, runtime)) return false;
    try {
      await this.#options.host.makeDirectory(`${podLogDirectory(this.#pod)}/${container.name}`, 0o755);
      const [pod, resources, signal] = [this.#pod, this.#resources, this.#signal];
      await startContainer({ pod, container, sandbox, volumes, runtime, resources, signal }, this.#options);
      return true;
    } catch (error) {
      if (this.#signal.aborted) throw error;
      this.#notStarted(container, error);
      return false;
    }
  }

  #mustWait(container: V1Container, runtime: PodRuntime): boolean {
    const held = this.#backoffs.restarts.hold(this.#pod, container, runtime);
    if (!held) return false;
    this.#waiting.set(container.name, { reason: "CrashLoopBackOff", message: held.message });
    const message = `Back-off restarting failed container ${container.name} in pod ${formatPod(this.#pod)}`;
    this.#options.events.container(this.#pod, container, "Warning", "BackOff", message);
    this.#retry(held.remainingMs);
    return true;
  }

  #notStarted(container: V1Container, error: unknown): void {
    const { events, logger } = this.#options;
    const waiting = waitingOf(error);
    this.#waiting.set(container.name, waiting);
    const told = startEventOf(error);
    if (told !== undefined) events.container(this.#pod, container, "Warning", "Failed", told);
    logger.debug("Container did not start", {
      pod: this.#pod.metadata.name,
      container: container.name,
      reason: waiting.reason,
      error: waiting.message,
    });
    this.#failed = true;
  }
}

function ipsOf(
  network: { readonly ip: string; readonly additionalIps: readonly { readonly ip: string }[] } | undefined,
): string[] {
  if (!network || network.ip === "") return [];
  return [network.ip, ...network.additionalIps.map(({ ip }) => ip)];
}

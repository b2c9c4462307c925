import { equalJson, wireTime } from "@dingi/apimachinery";
import { isPodPhaseTerminal, isSidecar, type V1Pod, type V1PodStatus } from "@dingi/api";
import type { ContainerRuntime } from "@dingi/cri";
import { describeError, type Clock, type Logger, type Random } from "@dingi/base";
import { podCgroup } from "../container/resources.ts";
import { podLogDirectory } from "../container/sandbox-config.ts";
import type { Host } from "../host/host.ts";
import type { ProbeManager } from "../probe/probe-manager.ts";
import { containerName, isRunning, latestContainer, readySandbox, type PodRuntime } from "../runtime/pod-runtime.ts";
import type { RuntimeOwners } from "../runtime/runtime-owners.ts";
import { containerStatuses, type Waiting } from "../status/container-status.ts";
import { withOwnStatus } from "../status/own-status.ts";
import { podStatus } from "../status/pod-status.ts";
import type { StatusManager } from "../status/status-manager.ts";
import { readTerminationMessages } from "../status/termination-message.ts";
import type { VolumeManager } from "../volume/volume-manager.ts";
import { killPodContainers } from "./kill.ts";
import type { Rejection } from "./pod-admission.ts";
import { POD_LEVEL, PodResources } from "./pod-resources.ts";
import { resizeSummary } from "./resize.ts";
import { everyContainer } from "./pod-containers.ts";
import type { PodEvents } from "./pod-events.ts";
import { initFailed } from "./plan.ts";
import { couldRestartAll, isCleanedUp, isToldRestarting, restartAllSource } from "./restart-all.ts";
import type { PodSync, SyncOutcome } from "./pod-sync.ts";

interface PodWorkerOptions {
  readonly cri: ContainerRuntime;
  readonly host: Host;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly sync: PodSync;
  readonly probes: ProbeManager;
  readonly statuses: StatusManager;
  readonly volumes: VolumeManager;
  readonly events: PodEvents;
  /** "1.37", for who asks. */
  readonly kubeVersion: string;
  readonly cgroupRoot: string;
  readonly runtimeName: string;
  readonly hostIps: readonly string[];
  /** Decided once, before anything of the pod is started. */
  readonly admit: (pod: V1Pod) => Promise<Rejection | undefined>;
  /** Whether there is room for what the pod asks for by now. */
  readonly admitResize: (pod: V1Pod) => Rejection | undefined;
  readonly owners: RuntimeOwners;
  /** The API server may forget the pod: nothing of it is left on the node. */
  readonly release: (pod: V1Pod) => Promise<void>;
  readonly onDone: (uid: string) => void;
}

/** After a failure, up to half as much again is waited. Upstream: pkg/kubelet/kubelet.go#backOffPeriod, pod_workers.go#completeWork */
const FAILED_MS = 10_000;
const FAILED_JITTER = 0.5;
/** Tokens in volumes are renewed in time, and whatever event was missed is seen at last. */
const RESYNC_MS = 60_000;
const NONE: ReadonlyMap<string, Waiting> = new Map();

/** The life of one pod on this node, one step after the other. Upstream: pkg/kubelet/pod_workers.go */
export class PodWorker {
  readonly uid: string;
  readonly #options: PodWorkerOptions;
  #pod: V1Pod;
  #gone = false;
  #rejection: Rejection | undefined;
  readonly #resources: PodResources;
  #resizeStarted = false;
  #wake = Promise.withResolvers<void>();
  #step = new AbortController();
  #timer: Disposable | undefined;
  readonly #stop = new AbortController();
  readonly done: Promise<void>;

  constructor(options: PodWorkerOptions, pod: V1Pod) {
    this.uid = pod.metadata.uid!;
    this.#options = options;
    this.#pod = pod;
    this.#resources = new PodResources(pod);
    this.done = this.#run();
  }

  get pod(): V1Pod {
    return this.#pod;
  }

  /** With the resources that it may use here, which may be behind what it asks for by now. */
  get allocated(): V1Pod {
    return this.#resources.allocated(this.#pod);
  }

  get waitsForRoom(): boolean {
    return this.#resources.pending !== undefined;
  }

  /** The API server's newest word. A status that comes back as it was written asks for nothing. */
  update(pod: V1Pod): void {
    const before = this.#pod;
    this.#pod = pod;
    if (endsSooner(before, pod)) this.#step.abort(new Error("The pod is to end sooner"));
    if (asksForMore(before, pod)) this.poke();
  }

  /** The API server does not know the pod any more: end it at once. */
  remove(): void {
    this.#gone = true;
    this.#step.abort(new Error("The pod was removed"));
    this.poke();
  }

  /** Look at the pod again. */
  poke(): void {
    this.#wake.resolve();
  }

  /** Stops looking after the pod; its containers go on. */
  abandon(): void {
    this.#stop.abort(new Error("The kubelet is stopping"));
    this.#step.abort(this.#stop.signal.reason);
    this.#timer?.[Symbol.dispose]();
    this.poke();
  }

  async #run(): Promise<void> {
    this.#rejection = await this.#admitOnce();
    while (!this.#stop.signal.aborted) {
      this.#wake = Promise.withResolvers<void>();
      this.#step = new AbortController();
      try {
        if (await this.#once()) break;
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        if (!this.#step.signal.aborted) {
          this.#options.logger.warn("Pod was not synced", {
            pod: this.#pod.metadata.name,
            error: describeError(error),
          });
          this.#after(this.#failedMs());
        } else continue;
      }
      await this.#wake.promise;
      this.#timer?.[Symbol.dispose]();
    }
    if (!this.#stop.signal.aborted) this.#options.onDone(this.uid);
  }

  /** What was already running here before was admitted then. */
  async #admitOnce(): Promise<Rejection | undefined> {
    const { status } = this.#pod;
    if ((status.containerStatuses ?? []).some(({ containerID }) => containerID) || isPodPhaseTerminal(status.phase))
      return undefined;
    const rejection = await this.#options.admit(this.#pod);
    if (!rejection) return undefined;
    const { reason, message } = rejection;
    this.#options.events.pod(this.#pod, "Warning", reason, message);
    return { reason, message: `Pod was rejected: ${message}` };
  }

  /** Returns true when nothing of the pod is left. */
  async #once(): Promise<boolean> {
    const pod = this.#pod;
    const deleted = this.#gone || pod.metadata.deletionTimestamp !== undefined;
    const verdict = this.#rejection ?? this.#deadlineExceeded();
    if (deleted || verdict || isPodPhaseTerminal(pod.status.phase)) return await this.#end(deleted, verdict);
    this.#considerResize(pod);
    const allocated = this.#resources.allocated(withOwnStatus(pod, this.#options.statuses.get(this.uid)));
    const outcome = await this.#options.sync.round(allocated, this.#resources, this.#step.signal);
    this.#tellCompleted(allocated, outcome.runtime);
    this.#observe(outcome.runtime);
    const status = await this.#publish(outcome.runtime, outcome.waiting, { ended: initFailed(pod, outcome.runtime) });
    if (isPodPhaseTerminal(status.phase)) return await this.#end(false, undefined);
    this.#after(this.#nextMs(outcome));
    return false;
  }

  /** Allocates what the pod asks for now, if there is room. */
  #considerResize(pod: V1Pod): void {
    const resources = this.#resources;
    if (!resources.asksForMore(pod)) {
      resources.pending = undefined;
      return;
    }
    const refusal = this.#options.admitResize(pod);
    if (!refusal) {
      resources.allocate(pod);
      this.#resizeStarted = true;
      this.#tell("Normal", "ResizeStarted", `Pod resize started: ${resizeSummary(pod)}`);
    } else if (resources.pending?.message !== refusal.message) {
      resources.pending = { reason: "Deferred", message: refusal.message };
      this.#tell("Warning", "ResizeDeferred", `Pod resize Deferred: ${resizeSummary(pod, refusal.message)}`);
    }
  }

  #tellCompleted(pod: V1Pod, runtime: PodRuntime): void {
    if (!this.#resizeStarted || this.#isResizing(pod, runtime)) return;
    this.#resizeStarted = false;
    this.#tell("Normal", "ResizeCompleted", `Pod resize completed: ${resizeSummary(pod)}`);
  }

  #tell(type: "Normal" | "Warning", reason: string, message: string): void {
    this.#options.events.pod(this.#pod, type, reason, message);
  }

  #isResizing(pod: V1Pod, runtime: PodRuntime): boolean {
    const wholePod = this.#resources.isBehind(POD_LEVEL);
    return everyContainer(pod).some(
      ({ name }) => (wholePod || this.#resources.isBehind(name)) && isRunning(latestContainer(runtime, name)),
    );
  }

  #deadlineExceeded(): Rejection | undefined {
    const { activeDeadlineSeconds } = this.#pod.spec;
    if (activeDeadlineSeconds === undefined || this.#remainingMs(activeDeadlineSeconds) > 0) return undefined;
    return { reason: "DeadlineExceeded", message: "Pod was active on the node longer than the specified deadline" };
  }

  #remainingMs(seconds: number | bigint): number {
    const { startTime } = this.#pod.status;
    return startTime
      ? Date.parse(startTime) + Number(seconds) * 1000 - this.#options.clock.now()
      : Number(seconds) * 1000;
  }

  /** When to look again, though nothing happens until then. */
  #nextMs({ retryMs = RESYNC_MS, failed }: SyncOutcome): number {
    const { activeDeadlineSeconds } = this.#pod.spec;
    const deadlineMs = activeDeadlineSeconds === undefined ? RESYNC_MS : this.#remainingMs(activeDeadlineSeconds);
    return Math.max(0, Math.min(RESYNC_MS, retryMs, deadlineMs, failed ? this.#failedMs() : RESYNC_MS));
  }

  #failedMs(): number {
    return FAILED_MS * (1 + FAILED_JITTER * this.#options.random.float());
  }

  #after(ms: number): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = this.#options.clock.timer(ms, () => this.poke());
  }

  #observe(runtime: PodRuntime): void {
    const { probes } = this.#options;
    const ip = readySandbox(runtime)?.network?.ip || this.#options.hostIps[0] || "";
    const running = runtime.containers.filter(isRunning);
    const specs = [...(this.#pod.spec.initContainers ?? []).filter(isSidecar), ...this.#pod.spec.containers];
    for (const status of running) {
      const spec = specs.find(({ name }) => name === containerName(status));
      if (spec) probes.observe(this.#pod, spec, status, ip);
    }
    probes.retain(this.uid, new Set(running.map(({ id }) => id)));
  }

  async #publish(
    runtime: PodRuntime,
    waiting: ReadonlyMap<string, Waiting>,
    how: { ended: boolean; verdict?: Rejection | undefined },
  ): Promise<V1PodStatus> {
    const { probes, host, volumes, runtimeName, clock, statuses, hostIps } = this.#options;
    const pod = this.#resources.allocated(withOwnStatus(this.#pod, statuses.get(this.uid)));
    const messages = await readTerminationMessages(host, runtime, volumes.podDirectory(this.uid));
    const spec = (name: string) => everyContainer(pod).find((container) => container.name === name)!;
    const input = {
      pod,
      runtime,
      waiting,
      terminationMessages: messages,
      runtimeName,
      restartingAll: isToldRestarting(pod.status) || restartAllSource(pod, runtime) !== undefined,
      actuated: (name: string) => this.#resources.actuated(name),
      ready: (status: PodRuntime["containers"][number]) => probes.ready(spec(containerName(status)), status),
      started: (status: PodRuntime["containers"][number]) => probes.started(spec(containerName(status)), status),
    };
    const sandbox = readySandbox(runtime);
    const podIps = pod.spec.hostNetwork
      ? hostIps
      : sandbox?.network?.ip
        ? [sandbox.network.ip, ...sandbox.network.additionalIps.map(({ ip }) => ip)]
        : (pod.status.podIPs ?? []).map(({ ip }) => ip);
    const status = podStatus({
      pod,
      containers: containerStatuses(input, "containers"),
      initContainers: containerStatuses(input, "initContainers"),
      ephemeralContainers: containerStatuses(input, "ephemeralContainers"),
      sandboxReady: sandbox !== undefined,
      podIps,
      hostIps,
      verdict: how.verdict,
      ended: how.ended,
      podLevel: this.#resources.actuated(POD_LEVEL),
      restartingAll: couldRestartAll(pod) ? input.restartingAll && !isCleanedUp(pod, runtime) : undefined,
      resize: {
        pending: this.#resources.pending,
        inProgress: this.#isResizing(pod, runtime) ? { error: this.#resources.error } : undefined,
      },
      now: wireTime(clock.now()),
    });
    statuses.set(this.#pod, status);
    return status;
  }

  /** Stops and removes everything; returns true when the API server may forget the pod, too. */
  async #end(deleted: boolean, verdict: Rejection | undefined): Promise<boolean> {
    const { cri, probes, host, volumes, cgroupRoot, sync, statuses, release } = this.#options;
    const pod = this.#pod;
    const { signal } = this.#step;
    probes.terminating(this.uid);
    const runtime = await this.#read();
    const graceSeconds = this.#gone ? Math.min(2, graceOf(pod)) : graceOf(pod);
    await killPodContainers({ services: this.#options, pod, runtime, graceSeconds, signal });
    probes.retain(this.uid, new Set());
    for (const { id, state } of runtime.sandboxes)
      if (state === "SANDBOX_READY") await cri.runtime.stopPodSandbox(id, { signal });
    const final = await this.#read();
    if (!this.#gone) await this.#publish(final, NONE, { ended: true, verdict });
    if (!deleted) {
      await volumes.release(this.uid);
      return false;
    }
    await this.#removeAll(final);
    await volumes.tearDown(this.uid);
    await host.removeTree(podLogDirectory(pod));
    await host.removeCgroup(podCgroup(cgroupRoot, pod));
    sync.forget(this.uid);
    await statuses.flushed(this.uid);
    if (!this.#gone) await release(pod);
    statuses.forget(this.uid);
    return true;
  }

  async #removeAll(runtime: PodRuntime): Promise<void> {
    const { cri } = this.#options;
    await Promise.all(
      runtime.containers.map(({ id }) => cri.runtime.removeContainer(id, { signal: this.#step.signal })),
    );
    await Promise.all(
      runtime.sandboxes.map(({ id }) => cri.runtime.removePodSandbox(id, { signal: this.#step.signal })),
    );
  }

  async #read(): Promise<PodRuntime> {
    const { name = "", namespace = "" } = this.#pod.metadata;
    const { cri, owners } = this.#options;
    return await owners.read(cri, { uid: this.uid, name, namespace }, this.#step.signal);
  }
}

/** Upstream: pkg/kubelet/pod_workers.go#calculateEffectiveGracePeriod */
function graceOf(pod: V1Pod): number {
  return Math.max(1, Number(pod.metadata.deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30));
}

/**
 * Whether there is something to do for the kubelet. Of what others write into the status, only their conditions are:
 * readiness gates. Upstream: pkg/kubelet/config/config.go#podsDifferSemantically
 */
function asksForMore(before: V1Pod, after: V1Pod): boolean {
  const relevant = ({ metadata, spec, status }: V1Pod) => ({
    spec,
    labels: metadata.labels,
    annotations: metadata.annotations,
    deletion: [metadata.deletionTimestamp, metadata.deletionGracePeriodSeconds],
    isTerminal: isPodPhaseTerminal(status.phase),
    gates: spec.readinessGates ? status.conditions : undefined,
  });
  return !equalJson(relevant(before), relevant(after));
}

function endsSooner(before: V1Pod, after: V1Pod): boolean {
  if (after.metadata.deletionTimestamp === undefined) return false;
  return before.metadata.deletionTimestamp === undefined || graceOf(after) < graceOf(before);
}

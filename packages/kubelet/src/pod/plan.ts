import type { ContainerStatus } from "@dingi/cri";
import { isSidecar, restartsAfter, type V1Container, type V1Pod } from "@dingi/api";
import { isRunning, latestContainer, readySandbox, type PodRuntime } from "../runtime/pod-runtime.ts";
import { restartsAfterKill } from "./restart-policy.ts";

/** Why a container is stopped. */
type KillReason = "spec changed" | "liveness failed" | "startup failed" | "resized" | "unknown state";

export interface Kill {
  readonly container: ContainerStatus;
  readonly name: string;
  readonly reason: KillReason;
  /** Of the event. */
  readonly message: string;
}

/** What has to be done so that a pod runs as it should. */
export interface PodPlan {
  /** Stop everything first: the sandbox is gone or unusable. */
  readonly killPod: boolean;
  readonly createSandbox: boolean;
  /** 0 for the first sandbox of the pod. */
  readonly attempt: number;
  readonly kills: readonly Kill[];
  /** The init containers to start now: at most one ordinary one, and sidecars. */
  readonly startInit: readonly V1Container[];
  readonly start: readonly V1Container[];
  /** Started once, whatever the others do. */
  readonly startEphemeral: readonly V1Container[];
}

export interface PlanInput {
  readonly pod: V1Pod;
  readonly runtime: PodRuntime;
  /** The hash of a container's spec as it would be started now. */
  readonly hashOf: (container: V1Container) => string;
  /** The hash it was started with. */
  readonly startedHash: (status: ContainerStatus) => string | undefined;
  /** Whether a running container has to be started again so that it gets other resources. */
  readonly needsResize?: (container: V1Container) => boolean;
  /** What probes say of a running container. */
  readonly probes: {
    liveness(containerId: string): boolean | undefined;
    startup(containerId: string): boolean | undefined;
  };
}

const NOTHING = {
  killPod: false,
  createSandbox: false,
  attempt: 0,
  kills: [],
  startInit: [],
  start: [],
  startEphemeral: [],
} satisfies PodPlan;

/** Pure. Upstream: pkg/kubelet/kuberuntime/kuberuntime_manager.go#computePodActions */
export function planPod(input: PlanInput): PodPlan {
  const { pod, runtime } = input;
  const newest = runtime.sandboxes[0];
  const attempt = newest ? newest.metadata.attempt + 1 : 0;
  if (!isUsable(pod, runtime)) return planSandbox(input, attempt);
  const kills = pod.spec.containers.flatMap((container) => killOf(input, container) ?? []);
  const init = planInit(input);
  const startEphemeral = (pod.spec.ephemeralContainers ?? []).filter(({ name }) => !latestContainer(runtime, name));
  if (!init.done) return { ...NOTHING, kills: [...init.kills], startInit: init.start, startEphemeral };
  const killed = new Set(kills.map(({ name }) => name));
  const start = pod.spec.containers.filter((container) =>
    killed.has(container.name)
      ? restartsAfterKill(pod, container) || wasNeverTried(kills, container)
      : needsStart(input, container),
  );
  const running = pod.spec.containers.filter((container) => isRunning(latestContainer(runtime, container.name)));
  if (running.length === 0 && start.length === 0 && kills.length === 0) return { ...NOTHING, killPod: true };
  return { ...NOTHING, kills: [...kills, ...init.kills], startInit: init.start, start, startEphemeral };
}

/** A changed spec is started again whatever the policy: it is another container. */
function wasNeverTried(kills: readonly Kill[], container: V1Container): boolean {
  return kills.some((kill) => kill.name === container.name && ["spec changed", "resized"].includes(kill.reason));
}

function isUsable(pod: V1Pod, runtime: PodRuntime): boolean {
  const sandbox = readySandbox(runtime);
  if (!sandbox) return false;
  const ready = runtime.sandboxes.filter(({ state }) => state === "SANDBOX_READY");
  return ready.length === 1 && (pod.spec.hostNetwork === true || (sandbox.network?.ip ?? "") !== "");
}

function planSandbox(input: PlanInput, attempt: number): PodPlan {
  const { pod, runtime } = input;
  const start = pod.spec.containers.filter((container) => needsStart(input, container, true));
  const initDone = hasInitializedBefore(pod, runtime);
  const nothingLeft = start.length === 0 && (attempt > 0 || pod.spec.restartPolicy !== "Always");
  if (attempt > 0 && nothingLeft) return { ...NOTHING, killPod: true };
  if (attempt > 0 && pod.spec.restartPolicy === "Never" && runtime.containers.length > 0)
    return { ...NOTHING, killPod: true };
  const first = pod.spec.initContainers?.[0];
  if (first && !(initDone && pod.spec.restartPolicy === "Never"))
    return { ...NOTHING, killPod: attempt > 0, createSandbox: true, attempt, startInit: [first] };
  return { ...NOTHING, killPod: attempt > 0, createSandbox: true, attempt, start };
}

function hasInitializedBefore(pod: V1Pod, runtime: PodRuntime): boolean {
  return pod.spec.containers.some((container) => latestContainer(runtime, container.name) !== undefined);
}

/** Whether a container that does not run is to be started. Upstream: pkg/kubelet/container/helpers.go#ShouldContainerBeRestarted */
function needsStart({ pod, runtime }: PlanInput, container: V1Container, sandboxGone = false): boolean {
  const latest = latestContainer(runtime, container.name);
  if (!latest) return true;
  if (isRunning(latest)) return sandboxGone && restartsAfter(pod, container, 1);
  if (latest.state === "CONTAINER_CREATED" || latest.state === "CONTAINER_UNKNOWN") return true;
  return restartsAfter(pod, container, latest.exitCode);
}

/** Upstream: pkg/kubelet/kuberuntime/kuberuntime_manager.go#computePodActions, and #computeInitContainerActions for sidecars */
function killOf(input: PlanInput, container: V1Container): Kill | undefined {
  const latest = latestContainer(input.runtime, container.name);
  const reason = latest && killReason(input, container, latest);
  if (!reason) return undefined;
  return { container: latest, name: container.name, reason, message: killMessage(input.pod, container, reason) };
}

function killReason(
  { hashOf, startedHash, needsResize, probes }: PlanInput,
  container: V1Container,
  latest: ContainerStatus,
): KillReason | undefined {
  if (latest.state === "CONTAINER_UNKNOWN") return "unknown state";
  if (!isRunning(latest)) return undefined;
  const hash = startedHash(latest);
  if (hash !== undefined && hash !== hashOf(container)) return "spec changed";
  if (probes.liveness(latest.id) === false) return "liveness failed";
  if (needsResize?.(container)) return "resized";
  return probes.startup(latest.id) === false ? "startup failed" : undefined;
}

const KILL_TEXTS: Readonly<Record<Exclude<KillReason, "unknown state">, string>> = {
  "spec changed": "definition changed",
  "liveness failed": "failed liveness probe",
  "startup failed": "failed startup probe",
  resized: "resize requires restart",
};

function killMessage(pod: V1Pod, container: V1Container, reason: KillReason): string {
  const isInit = (pod.spec.initContainers ?? []).includes(container);
  const subject = isInit ? "Init container" : "Container";
  if (reason === "unknown state") return `${subject} is in "unknown" state, try killing it before restart`;
  const promised = !isInit && reason !== "resized" && (reason === "spec changed" || restartsAfterKill(pod, container));
  return `${subject} ${container.name} ${KILL_TEXTS[reason]}${promised ? ", will be restarted" : ""}`;
}

interface InitPlan {
  readonly done: boolean;
  readonly start: readonly V1Container[];
  readonly kills: readonly Kill[];
}

/**
 * Init containers run one after the other; a sidecar counts as done once it has started, and is kept running.
 * Upstream: pkg/kubelet/kuberuntime/kuberuntime_container.go#computeInitContainerActions
 */
function planInit(input: PlanInput): InitPlan {
  const { pod, runtime } = input;
  const all = pod.spec.initContainers ?? [];
  const over = hasInitializedBefore(pod, runtime);
  const start: V1Container[] = [];
  const kills: Kill[] = [];
  for (const container of all) {
    const latest = latestContainer(runtime, container.name);
    if (isSidecar(container)) {
      const kill = killOf(input, container);
      if (kill) kills.push(kill);
      if (!latest || !isRunning(latest) || kill) start.push(container);
      if (!over && !hasStarted(input, latest)) return { done: false, start, kills };
      continue;
    }
    if (over || (latest?.state === "CONTAINER_EXITED" && latest.exitCode === 0)) continue;
    if (isRunning(latest)) return { done: false, start, kills };
    if (!isFailedForGood(pod, container, latest)) start.push(container);
    return { done: false, start, kills };
  }
  return { done: true, start, kills };
}

function hasStarted({ probes }: PlanInput, latest: ContainerStatus | undefined): boolean {
  return isRunning(latest) && (probes.startup(latest.id) ?? false);
}

/** An init container failed and will not be tried again: the pod has failed. */
export function initFailed(pod: V1Pod, runtime: PodRuntime): boolean {
  return (pod.spec.initContainers ?? []).some((container) => {
    const latest = latestContainer(runtime, container.name);
    return !isSidecar(container) && isFailedForGood(pod, container, latest);
  });
}

function isFailedForGood(pod: V1Pod, container: V1Container, latest: ContainerStatus | undefined): boolean {
  if (latest?.state !== "CONTAINER_EXITED" || latest.exitCode === 0) return false;
  return !restartsAfter(pod, container, latest.exitCode);
}

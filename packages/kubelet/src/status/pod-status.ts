import {
  restartsAfter,
  isSidecar,
  podQos,
  podRequests,
  type V1ContainerStatus,
  type V1Pod,
  type V1PodCondition,
  type V1PodStatus,
  type V1ResourceRequirements,
} from "@dingi/api";
import { RESTARTING_CONDITION, RESTARTING_REASON } from "../pod/restart-all.ts";

export interface PodStatusInput {
  readonly pod: V1Pod;
  readonly containers: readonly V1ContainerStatus[];
  readonly initContainers: readonly V1ContainerStatus[];
  readonly ephemeralContainers?: readonly V1ContainerStatus[];
  /** The sandbox is up and has an address. */
  readonly sandboxReady: boolean;
  readonly podIps: readonly string[];
  readonly hostIps: readonly string[];
  /** Set once the pod is to end for good: rejected, evicted, past its deadline. */
  readonly verdict?: { readonly reason: string; readonly message: string } | undefined;
  /** All containers have been stopped, and nothing will be started any more. */
  readonly ended: boolean;
  /** What the pod as a whole was last given, if it asks for anything as a whole. */
  readonly podLevel?: V1ResourceRequirements | undefined;
  /** All containers are being started anew; undefined where no rule could ask for that. */
  readonly restartingAll?: boolean | undefined;
  /** Other resources were asked for: they wait, or containers are being given them. */
  readonly resize?: {
    readonly pending?: { readonly reason: string; readonly message: string } | undefined;
    readonly inProgress?: { readonly error?: string | undefined } | undefined;
  };
  readonly now: string;
}

/** Pure. Upstream: pkg/kubelet/kubelet_pods.go#generateAPIPodStatus */
export function podStatus(input: PodStatusInput): V1PodStatus {
  const { pod, containers, initContainers, ephemeralContainers = [], podIps, hostIps, verdict, now } = input;
  const phase = verdict ? "Failed" : phaseOf(input);
  const conditions = conditionsOf(input, phase);
  return {
    ...pod.status,
    phase,
    conditions,
    ...(verdict ? { reason: verdict.reason, message: verdict.message } : {}),
    hostIP: hostIps[0],
    hostIPs: hostIps.map((ip) => ({ ip })),
    ...(podIps.length > 0 ? { podIP: podIps[0], podIPs: podIps.map((ip) => ({ ip })) } : {}),
    startTime: pod.status.startTime ?? now,
    ...(initContainers.length > 0 ? { initContainerStatuses: initContainers } : {}),
    ...(ephemeralContainers.length > 0 ? { ephemeralContainerStatuses: ephemeralContainers } : {}),
    ...(verdict && containers.every(({ containerID }) => !containerID) && pod.status.containerStatuses === undefined
      ? {}
      : { containerStatuses: containers }),
    ...(pod.spec.resources
      ? { resources: input.podLevel ?? pod.spec.resources, allocatedResources: podRequests(pod) }
      : {}),
    qosClass: podQos(pod),
    ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
  };
}

/** Upstream: pkg/kubelet/kubelet_pods.go#getPhase */
function phaseOf({ pod, containers, initContainers, ended }: PodStatusInput): string {
  if (pod.status.phase === "Failed" || pod.status.phase === "Succeeded") return pod.status.phase;
  const init = initPhase(pod, initContainers);
  const running = containers.filter(({ state }) => state?.running);
  const terminated = containers.filter(
    ({ state, lastState }) => state?.terminated ?? (ended ? lastState?.terminated : undefined),
  );
  const waiting = containers.length - running.length - terminated.length;
  const restarting = containers.some(({ state, lastState }) => state?.waiting && lastState?.terminated);
  if (init === "failed") return "Failed";
  if (init === "pending" && running.length === 0 && terminated.length === 0 && !restarting) return "Pending";
  if (waiting > 0 && !ended) return runningOrPending(containers);
  if (running.length > 0) return "Running";
  if (waiting > 0) return ended && terminated.length > 0 ? "Failed" : "Pending";
  const failed = terminated.some(
    (status) => (status.state?.terminated ?? status.lastState?.terminated)?.exitCode !== 0,
  );
  const isFinal = ended || terminated.every((status) => !isRestarted(pod, status));
  if (!isFinal) return "Running";
  return failed ? "Failed" : "Succeeded";
}

function isRestarted(pod: V1Pod, { name, state }: V1ContainerStatus): boolean {
  const container = pod.spec.containers.find((candidate) => candidate.name === name);
  return container !== undefined && restartsAfter(pod, container, state?.terminated?.exitCode ?? 0);
}

/** A container that waits for its first start keeps the pod pending; one that waits to be restarted does not. */
function runningOrPending(containers: readonly V1ContainerStatus[]): string {
  return containers.some(({ state, lastState }) => state?.waiting && !lastState?.terminated) ? "Pending" : "Running";
}

function initPhase(pod: V1Pod, statuses: readonly V1ContainerStatus[]): "done" | "pending" | "failed" {
  for (const container of pod.spec.initContainers ?? []) {
    const status = statuses.find(({ name }) => name === container.name);
    if (isSidecar(container)) {
      if (!status?.started) return "pending";
      continue;
    }
    const terminated = status?.state?.terminated ?? (status?.state?.waiting ? status.lastState?.terminated : undefined);
    if (terminated?.exitCode === 0) continue;
    if (!terminated || terminated.reason === RESTARTING_REASON) return "pending";
    return restartsAfter(pod, container, terminated.exitCode) ? "pending" : "failed";
  }
  return "done";
}

function conditionsOf(input: PodStatusInput, phase: string): V1PodCondition[] {
  const { pod, sandboxReady, now } = input;
  const generation = pod.metadata.generation;
  const old = new Map((pod.status.conditions ?? []).map((condition) => [condition.type, condition]));
  const make = (type: string, verdict: Verdict): V1PodCondition => {
    const status = verdict.ok ? "True" : "False";
    const before = old.get(type);
    old.delete(type);
    return {
      type,
      ...(generation === undefined ? {} : { observedGeneration: generation }),
      status,
      lastTransitionTime: before?.status === status ? before.lastTransitionTime : now,
      ...(verdict.reason ? { reason: verdict.reason } : {}),
      ...(verdict.message ? { message: verdict.message } : {}),
    };
  };
  const ready = containersReady(input, phase);
  const gates = ready.ok ? readinessGates(pod) : ready;
  const made = [
    make("PodReadyToStartContainers", { ok: sandboxReady }),
    make("Initialized", initialized(input, phase)),
    make("Ready", gates),
    make("ContainersReady", ready),
  ];
  const scheduled = old.get("PodScheduled") ?? make("PodScheduled", { ok: true });
  old.delete("PodScheduled");
  const { pending, inProgress } = input.resize ?? {};
  const error = inProgress?.error;
  const resizing = [
    ...(pending ? [make("PodResizePending", { ok: true, ...pending })] : []),
    ...(inProgress
      ? [make("PodResizeInProgress", error ? { ok: true, reason: "Error", message: error } : { ok: true })]
      : []),
  ];
  const restarting = input.restartingAll === undefined ? [] : [make(RESTARTING_CONDITION, restartingAll(input, phase))];
  for (const type of ["PodResizePending", "PodResizeInProgress"]) old.delete(type);
  return [...made, scheduled, ...restarting, ...resizing, ...old.values()];
}

interface Verdict {
  readonly ok: boolean;
  readonly reason?: string;
  readonly message?: string;
}

/** Upstream: pkg/kubelet/status/generate.go#GenerateContainersReadyCondition */
function containersReady({ pod, containers, initContainers }: PodStatusInput, phase: string): Verdict {
  if (phase === "Succeeded") return { ok: false, reason: "PodCompleted" };
  if (phase === "Failed") return { ok: false, reason: "PodFailed" };
  const sidecars = new Set((pod.spec.initContainers ?? []).filter(isSidecar).map(({ name }) => name));
  const all = [...initContainers.filter(({ name }) => sidecars.has(name)), ...containers];
  const unready = all.filter(({ ready }) => !ready).map(({ name }) => name);
  return unready.length === 0
    ? { ok: true }
    : { ok: false, reason: "ContainersNotReady", message: `containers with unready status: [${unready.join(" ")}]` };
}

/** Upstream: pkg/kubelet/status/generate.go#GenerateAllContainersRestartingCondition */
function restartingAll(input: PodStatusInput, phase: string): Verdict {
  if (phase === "Succeeded") return { ok: false, reason: "PodCompleted" };
  if (phase === "Failed") return { ok: false, reason: "PodFailed" };
  if (!input.restartingAll) return { ok: false };
  return {
    ok: true,
    reason: "RestartAllContainersStarted",
    message: "container exited with restart policy rule",
  };
}

function readinessGates(pod: V1Pod): Verdict {
  const messages: string[] = [];
  for (const { conditionType } of pod.spec.readinessGates ?? []) {
    const condition = pod.status.conditions?.find(({ type }) => type === conditionType);
    if (!condition)
      messages.push(`corresponding condition of pod readiness gate ${JSON.stringify(conditionType)} does not exist.`);
    else if (condition.status !== "True") {
      messages.push(
        `the status of pod readiness gate ${JSON.stringify(conditionType)} is not "True", but ${condition.status}`,
      );
    }
  }
  return messages.length === 0
    ? { ok: true }
    : { ok: false, reason: "ReadinessGatesNotReady", message: messages.join(", ") };
}

function initialized({ pod, initContainers, containers }: PodStatusInput, phase: string): Verdict {
  if (phase === "Succeeded") return { ok: true, reason: "PodCompleted" };
  // Once initialized, always: its containers may be started anew.
  if (pod.status.conditions?.some(({ type, status }) => type === "Initialized" && status === "True"))
    return { ok: true };
  if (containers.some(({ containerID }) => containerID)) return { ok: true };
  const sidecars = new Set((pod.spec.initContainers ?? []).filter(isSidecar).map(({ name }) => name));
  const waiting = initContainers
    .filter((status) => (sidecars.has(status.name) ? !status.started : !status.ready))
    .map(({ name }) => name);
  return waiting.length === 0
    ? { ok: true }
    : {
        ok: false,
        reason: "ContainersNotInitialized",
        message: `containers with incomplete status: [${waiting.join(" ")}]`,
      };
}

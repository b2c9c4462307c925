import type { V1ContainerStateTerminated, V1ContainerStatus, V1Pod } from "./pod.gen.ts";
import { isSidecar } from "./resources.ts";
import { isPodConditionTrue, isPodPhaseTerminal } from "./status.ts";

/** What `kubectl get pods` says about a pod's state. */
export interface PodSummary {
  /** "1/2". */
  readonly ready: string;
  readonly reason: string;
  readonly restarts: number;
  /** When a container last ended before its last restart. */
  readonly lastRestart: string | undefined;
}

const NODE_LOST = "NodeLost";
const GATED = "SchedulingGated";

/** A committed pod never changes, so its summary is made once. */
const summaries = new WeakMap<V1Pod, PodSummary>();

/** Upstream: pkg/printers/internalversion/printers.go#printPod */
export function summarizePod(pod: V1Pod): PodSummary {
  const known = summaries.get(pod);
  if (known) return known;
  const summary = summarize(pod);
  summaries.set(pod, summary);
  return summary;
}

function summarize(pod: V1Pod): PodSummary {
  const { spec, status } = pod;
  const sidecars = new Set((spec.initContainers ?? []).filter(isSidecar).map(({ name }) => name));
  const init = summarizeInit(status.initContainerStatuses ?? [], sidecars, (spec.initContainers ?? []).length);
  const initialized = init.reason === undefined || isPodConditionTrue(status, "Initialized");
  const main = initialized
    ? summarizeContainers(pod)
    : { ready: 0, restarts: 0, lastRestart: undefined, reason: undefined };
  const counted = initialized ? init.sidecarRestarts : init.restarts;
  return {
    ready: `${init.ready + main.ready}/${(spec.containers ?? []).length + sidecars.size}`,
    reason: deletionReason(pod) ?? completed(pod, main) ?? main.reason ?? init.reason ?? phaseReason(pod),
    restarts: counted.count + main.restarts,
    lastRestart: later(counted.last, main.lastRestart),
  };
}

function phaseReason({ status }: V1Pod): string {
  const gated = (status.conditions ?? []).some(({ type, reason }) => type === "PodScheduled" && reason === GATED);
  return gated ? GATED : status.reason || status.phase || "";
}

function deletionReason({ metadata, status }: V1Pod): string | undefined {
  if (!metadata.deletionTimestamp) return undefined;
  if (status.reason === NODE_LOST) return "Unknown";
  return isPodPhaseTerminal(status.phase) ? undefined : "Terminating";
}

const later = (a: string | undefined, b: string | undefined): string | undefined =>
  b !== undefined && (a ?? "") < b ? b : a;

interface Restarts {
  readonly count: number;
  readonly last: string | undefined;
}

const addRestarts = ({ count, last }: Restarts, { restartCount, lastState }: V1ContainerStatus): Restarts => ({
  count: count + (restartCount ?? 0),
  last: later(last, lastState?.terminated?.finishedAt),
});

interface InitSummary {
  readonly ready: number;
  readonly restarts: Restarts;
  readonly sidecarRestarts: Restarts;
  /** Absent when all init containers are through. */
  readonly reason: string | undefined;
}

function summarizeInit(
  statuses: readonly V1ContainerStatus[],
  sidecars: ReadonlySet<string>,
  total: number,
): InitSummary {
  let ready = 0;
  let restarts: Restarts = { count: 0, last: undefined };
  let sidecarRestarts = restarts;
  for (const [i, container] of statuses.entries()) {
    const sidecar = sidecars.has(container.name);
    restarts = addRestarts(restarts, container);
    if (sidecar) sidecarRestarts = addRestarts(sidecarRestarts, container);
    const isUp = sidecar && container.started === true;
    if (isUp && container.state?.terminated?.exitCode !== 0 && container.ready) ready++;
    if (isUp || container.state?.terminated?.exitCode === 0) continue;
    return { ready, restarts, sidecarRestarts, reason: initReason(container, `Init:${i}/${total}`) };
  }
  return { ready, restarts, sidecarRestarts, reason: undefined };
}

function initReason({ state }: V1ContainerStatus, progress: string): string {
  if (state?.terminated) return `Init:${terminationReason(state.terminated)}`;
  const waiting = state?.waiting?.reason;
  return waiting && waiting !== "PodInitializing" ? `Init:${waiting}` : progress;
}

const terminationReason = ({ reason, signal, exitCode }: V1ContainerStateTerminated): string =>
  reason || (signal ? `Signal:${signal}` : `ExitCode:${exitCode}`);

interface ContainersSummary {
  readonly ready: number;
  readonly restarts: number;
  readonly lastRestart: string | undefined;
  /** The first container that is not running says why. */
  readonly reason: string | undefined;
  readonly errorReason?: string | undefined;
  readonly hasRunning?: boolean;
}

function summarizeContainers({ status }: V1Pod): ContainersSummary {
  let restarts: Restarts = { count: 0, last: undefined };
  let reason: string | undefined;
  let errorReason: string | undefined;
  let ready = 0;
  for (const container of (status.containerStatuses ?? []).toReversed()) {
    restarts = addRestarts(restarts, container);
    const { waiting, terminated, running } = container.state ?? {};
    if (waiting?.reason) reason = waiting.reason;
    else if (terminated) {
      reason = terminationReason(terminated);
      if (terminated.exitCode !== 0) errorReason = reason;
    } else if (container.ready && running) ready++;
  }
  return { ready, restarts: restarts.count, lastRestart: restarts.last, reason, errorReason, hasRunning: ready > 0 };
}

/** One container has completed while others run on, or have failed. */
function completed(pod: V1Pod, { reason, hasRunning, errorReason }: ContainersSummary): string | undefined {
  if ((reason ?? phaseReason(pod)) !== "Completed") return undefined;
  if (hasRunning && isPodConditionTrue(pod.status, "Ready")) return "Running";
  return errorReason ?? (hasRunning ? "NotReady" : undefined);
}

import { wireTime } from "@dingi/apimachinery";
import type { ContainerStatus } from "@dingi/cri";
import {
  isSidecar,
  type V1Container,
  type V1ContainerState,
  type V1ContainerStatus,
  type V1Pod,
  type V1ResourceRequirements,
} from "@dingi/api";
import { RESTARTING_MESSAGE, RESTARTING_REASON } from "../pod/restart-all.ts";
import type { ContainerKind } from "../pod/pod-containers.ts";
import { HASH_ANNOTATION, RESTART_COUNT_ANNOTATION } from "../runtime/labels.ts";
import { containerName, type PodRuntime } from "../runtime/pod-runtime.ts";

/** Why a container is not running, beyond what the runtime knows. */
export interface Waiting {
  readonly reason: string;
  readonly message: string;
}

export interface ContainerStatusInput {
  readonly pod: V1Pod;
  readonly runtime: PodRuntime;
  /** By container name: the last failure to start it. */
  readonly waiting: ReadonlyMap<string, Waiting>;
  readonly ready: (status: ContainerStatus) => boolean;
  readonly started: (status: ContainerStatus) => boolean;
  /** By container id. */
  readonly terminationMessages: ReadonlyMap<string, string>;
  /** What a running container was last given. */
  readonly actuated?: (container: string) => V1ResourceRequirements | undefined;
  /** A container has ended so that all are started anew. */
  readonly restartingAll?: boolean;
  /** How the runtime names itself in container ids: "containerd". */
  readonly runtimeName: string;
}

const time = (ms: number): string => wireTime(ms);

/** Statuses in the order of the spec. Upstream: pkg/kubelet/kubelet_pods.go#convertToAPIContainerStatuses */
export function containerStatuses(input: ContainerStatusInput, kind: ContainerKind): V1ContainerStatus[] {
  return (input.pod.spec[kind] ?? []).map((container) => statusOf(input, container, kind));
}

const STATUSES = {
  initContainers: "initContainerStatuses",
  containers: "containerStatuses",
  ephemeralContainers: "ephemeralContainerStatuses",
} as const;

function statusOf(input: ContainerStatusInput, container: V1Container, kind: ContainerKind): V1ContainerStatus {
  const attempts = input.runtime.containers.filter((candidate) => containerName(candidate) === container.name);
  const [latest, before] = attempts;
  const previous = previousStatus(input.pod, container.name, kind);
  if (!latest) return notCreated(input, container, previous);
  const isRunning = latest.state === "CONTAINER_RUNNING";
  const waiting = isRunning ? undefined : input.waiting.get(container.name);
  const state = stateOf(input, latest);
  const last = before ? stateOf(input, before) : (previous?.lastState ?? {});
  return {
    name: container.name,
    state: waiting ? { waiting } : state,
    lastState: waiting && state.terminated ? state : last,
    ready: isReady(input, latest, container, kind),
    restartCount: Number(latest.annotations[RESTART_COUNT_ANNOTATION] ?? latest.metadata.attempt),
    image: latest.image.userSpecifiedImage || container.image || latest.image.image,
    imageID: latest.imageId || latest.imageRef,
    containerID: `${input.runtimeName}://${latest.id}`,
    started: isRunning && input.started(latest),
    ...(container.resources?.requests ? { allocatedResources: container.resources.requests } : {}),
    ...(isRunning ? whileRunning(input.actuated?.(container.name) ?? container.resources, latest) : {}),
    ...volumeMounts(container),
  };
}

function previousStatus({ status }: V1Pod, container: string, kind: ContainerKind): V1ContainerStatus | undefined {
  return status[STATUSES[kind]]?.find(({ name }) => name === container);
}

/** An init container is ready once it is through, a sidecar while it serves, an ephemeral one never. */
function isReady(
  input: ContainerStatusInput,
  latest: ContainerStatus,
  container: V1Container,
  kind: ContainerKind,
): boolean {
  if (kind === "ephemeralContainers") return false;
  const isRunning = latest.state === "CONTAINER_RUNNING";
  if (kind === "containers" || isSidecar(container)) return isRunning && input.ready(latest);
  return latest.state === "CONTAINER_EXITED" && latest.exitCode === 0;
}

function whileRunning(
  resources: V1ResourceRequirements = {},
  { user }: ContainerStatus,
): Pick<V1ContainerStatus, "resources" | "user"> {
  return { resources, ...(user?.linux ? { user: { linux: user.linux } } : {}) };
}

function volumeMounts(container: V1Container): Pick<V1ContainerStatus, "volumeMounts"> {
  const mounts = (container.volumeMounts ?? []).map(({ name, mountPath, readOnly }) => ({
    name,
    mountPath,
    ...(readOnly ? { readOnly, recursiveReadOnly: "Disabled" } : {}),
  }));
  return mounts.length > 0 ? { volumeMounts: mounts } : {};
}

function notCreated(
  input: ContainerStatusInput,
  container: V1Container,
  previous: V1ContainerStatus | undefined,
): V1ContainerStatus {
  if (input.restartingAll && previous && !previous.state?.waiting) return removedToRestart(container, previous);
  const hasInit = (input.pod.spec.initContainers ?? []).length > 0;
  const fallback = hasInit ? "PodInitializing" : "ContainerCreating";
  const waiting = input.waiting.get(container.name) ?? { reason: fallback, message: undefined };
  return {
    name: container.name,
    state: { waiting },
    lastState: previous?.lastState ?? (previous?.state?.terminated ? previous.state : {}),
    ready: false,
    restartCount: previous?.restartCount ?? 0,
    image: container.image ?? "",
    imageID: "",
    started: false,
    ...volumeMounts(container),
  };
}

/** Upstream: pkg/kubelet/kubelet_pods.go#convertToAPIContainerStatuses */
function removedToRestart(container: V1Container, previous: V1ContainerStatus): V1ContainerStatus {
  const why = { reason: RESTARTING_REASON, message: RESTARTING_MESSAGE };
  return {
    name: container.name,
    state: { waiting: why },
    lastState: { terminated: { ...why, exitCode: 137 } },
    ready: false,
    restartCount: previous.restartCount + 1,
    image: container.image ?? "",
    imageID: "",
    started: false,
    ...volumeMounts(container),
  };
}

function stateOf(input: ContainerStatusInput, status: ContainerStatus): V1ContainerState {
  if (status.state === "CONTAINER_RUNNING") return { running: { startedAt: time(status.startedAtMs) } };
  if (status.state === "CONTAINER_CREATED") return { waiting: { reason: "ContainerCreating" } };
  const message = firstBytes(input.terminationMessages.get(status.id) ?? status.message, messageBytes(input.pod));
  return {
    terminated: {
      exitCode: status.state === "CONTAINER_UNKNOWN" ? 137 : status.exitCode,
      reason: status.reason || (status.exitCode === 0 ? "Completed" : "Error"),
      ...(message ? { message } : {}),
      ...(status.startedAtMs > 0 ? { startedAt: time(status.startedAtMs) } : {}),
      ...(status.finishedAtMs > 0 ? { finishedAt: time(status.finishedAtMs) } : {}),
      containerID: `${input.runtimeName}://${status.id}`,
    },
  };
}

/** What the last words of all containers may take together: a status that grows with them could not be written. */
const POD_MESSAGE_BYTES = 12 * 1024;

/** Upstream: pkg/kubelet/status/status_manager.go#normalizeStatus */
function messageBytes({ spec }: V1Pod): number {
  const { containers, initContainers = [], ephemeralContainers = [] } = spec;
  return Math.floor(POD_MESSAGE_BYTES / (containers.length + initContainers.length + ephemeralContainers.length));
}

/** Without the piece of a character that a cut leaves. */
function firstBytes(text: string, limit: number): string {
  const bytes = Buffer.from(text);
  return bytes.length <= limit ? text : new TextDecoder().decode(bytes.subarray(0, limit), { stream: true });
}

/** The hash of the spec that a container was started with. */
export function startedHash(status: ContainerStatus): string | undefined {
  return status.annotations[HASH_ANNOTATION];
}

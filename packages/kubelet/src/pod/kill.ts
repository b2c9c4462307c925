import type { ContainerStatus } from "@dingi/cri";
import { isSidecar, type V1Container, type V1LifecycleHandler, type V1Pod } from "@dingi/api";
import { containerName, isRunning, readySandbox, type PodRuntime } from "../runtime/pod-runtime.ts";
import { runHook, type HookServices } from "./lifecycle-hooks.ts";
import { everyContainer } from "./pod-containers.ts";

/** Every container has a moment to end by itself. Upstream: pkg/kubelet/kuberuntime/kuberuntime_container.go#minimumGracePeriodInSeconds */
const MIN_GRACE_SECONDS = 2;

interface KillContainerInput {
  readonly services: HookServices;
  readonly pod: V1Pod;
  /** Undefined when the pod does not name it any more. */
  readonly spec: V1Container | undefined;
  readonly container: Pick<ContainerStatus, "id">;
  /** Of the event. */
  readonly message: string;
  readonly graceSeconds: number;
  readonly podIp: string;
  /** What has to end before it; waited for within the grace. */
  readonly turn?: Promise<unknown>;
  readonly signal: AbortSignal;
}

/**
 * Runs the preStop hook, then stops; the hook's time, and that of waiting for its turn, count against the grace.
 * Upstream: pkg/kubelet/kuberuntime/kuberuntime_container.go#killContainer
 */
export async function killContainer(input: KillContainerInput): Promise<void> {
  const { services, pod, spec, container, message, graceSeconds, turn, signal } = input;
  const { clock, cri, events } = services;
  events.container(pod, spec, "Normal", "Killing", message);
  const startedMs = clock.monotonic();
  const leftSeconds = () => graceSeconds - Math.floor((clock.monotonic() - startedMs) / 1000);
  const hook = spec?.lifecycle?.preStop;
  if (hook && graceSeconds > 0) await within(leftSeconds(), preStop(hook, spec, input), input);
  if (turn && leftSeconds() > 0) await within(leftSeconds(), turn, input);
  await cri.runtime.stopContainer(container.id, Math.max(MIN_GRACE_SECONDS, leftSeconds()), { signal });
}

/** Waits for the work, but no longer than that: a hook that takes too long does not keep the container alive. */
async function within(
  seconds: number,
  work: Promise<unknown>,
  { services, signal }: KillContainerInput,
): Promise<void> {
  const done = new AbortController();
  const limit = services.clock.sleep(seconds * 1000, AbortSignal.any([signal, done.signal]));
  await Promise.race([work.catch(() => {}), limit.catch(() => {})]);
  done.abort(new Error("The work is done"));
}

/** A hook that fails does not keep the container alive. What it printed stays out of the event: it may be secret. */
async function preStop(hook: V1LifecycleHandler, container: V1Container, input: KillContainerInput): Promise<void> {
  const { services, pod, podIp, signal } = input;
  try {
    await runHook(hook, { ...services, pod, container, containerId: input.container.id, podIp, signal });
  } catch {
    if (!signal.aborted)
      services.events.container(pod, container, "Warning", "FailedPreStopHook", "PreStopHook failed");
  }
}

interface KillPodInput {
  readonly services: HookServices;
  readonly pod: V1Pod;
  readonly runtime: PodRuntime;
  readonly graceSeconds: number;
  readonly signal: AbortSignal;
}

/**
 * Stops all containers: ordinary ones at once, then sidecars in the reverse order of their start, all within one grace.
 * Upstream: pkg/kubelet/kuberuntime/kuberuntime_termination_order.go
 */
export async function killPodContainers(input: KillPodInput): Promise<void> {
  const { services, pod, runtime, graceSeconds, signal } = input;
  const specs = new Map(everyContainer(pod).map((spec) => [spec.name, spec]));
  const sidecars = (pod.spec.initContainers ?? []).filter(isSidecar).map(({ name }) => name);
  const running = runtime.containers.filter((status) => isRunning(status) || status.state === "CONTAINER_UNKNOWN");
  const podIp = readySandbox(runtime)?.network?.ip || (pod.status.podIP ?? "");
  const kill = (container: ContainerStatus, turn?: Promise<unknown>) => {
    const name = containerName(container);
    const message = `Stopping container ${name}`;
    const shared = { services, pod, container, message, graceSeconds, podIp, signal };
    return killContainer({ ...shared, spec: specs.get(name), ...(turn ? { turn } : {}) });
  };
  const isLate = (container: ContainerStatus) => sidecars.includes(containerName(container));
  const kills = running.filter((container) => !isLate(container)).map((container) => kill(container));
  const late = running.filter(isLate);
  late.sort((a, b) => sidecars.indexOf(containerName(b)) - sidecars.indexOf(containerName(a)));
  for (const container of late) kills.push(kill(container, Promise.allSettled(kills.slice())));
  await Promise.all(kills);
}

import type { ContainerRuntime, ContainerStatus } from "@dingi/cri";
import { isSidecar, type V1Container, type V1Pod } from "@dingi/api";
import type { Host } from "../host/host.ts";
import { containerName, isRunning, type PodRuntime } from "../runtime/pod-runtime.ts";
import type { HookTarget } from "./lifecycle-hooks.ts";
import type { V1LifecycleHandler } from "@dingi/api";
import { everyContainer } from "./pod-containers.ts";

export interface HookRunner {
  readonly run: (handler: V1LifecycleHandler, target: HookTarget) => Promise<void>;
  readonly cri: ContainerRuntime;
  readonly host: Host;
  readonly podIp: string;
  /** Waits, for hooks that only sleep, and for how long a hook took. */
  readonly clock?: { sleep(ms: number, signal?: AbortSignal): Promise<void>; monotonic(): number };
}

export interface KillContainerInput {
  readonly cri: ContainerRuntime;
  readonly container: ContainerStatus;
  readonly spec: V1Container | undefined;
  readonly graceSeconds: number;
  readonly hooks: HookRunner;
  readonly signal: AbortSignal;
}

/** Runs the preStop hook, then stops; the hook's time counts against the grace. Upstream: pkg/kubelet/kuberuntime/kuberuntime_container.go#killContainer */
export async function killContainer({
  cri,
  container,
  spec,
  graceSeconds,
  hooks,
  signal,
}: KillContainerInput): Promise<void> {
  let left = graceSeconds;
  const hook = spec?.lifecycle?.preStop;
  if (hook && spec && graceSeconds > 0)
    left -= await preStop(hook, { hooks, spec, containerId: container.id, graceSeconds, signal });
  await cri.runtime.stopContainer(container.id, graceSeconds === 0 ? 0 : Math.max(2, Math.ceil(left)), { signal });
}

async function preStop(
  hook: V1LifecycleHandler,
  options: { hooks: HookRunner; spec: V1Container; containerId: string; graceSeconds: number; signal: AbortSignal },
): Promise<number> {
  const { hooks, spec, containerId, graceSeconds, signal } = options;
  const { clock, cri, host, podIp } = hooks;
  const startedMs = clock?.monotonic() ?? 0;
  const target = { cri, host, container: spec, containerId, podIp, signal };
  const work = hook.sleep && clock ? clock.sleep(Number(hook.sleep.seconds) * 1000, signal) : hooks.run(hook, target);
  const limit = clock ? clock.sleep(graceSeconds * 1000, signal) : new Promise<void>(() => {});
  // A hook that fails or takes too long does not keep the container alive.
  await Promise.race([work.catch(() => {}), limit.catch(() => {})]);
  return clock ? (clock.monotonic() - startedMs) / 1000 : 0;
}

export interface KillPodInput {
  readonly cri: ContainerRuntime;
  readonly pod: V1Pod;
  readonly runtime: PodRuntime;
  /** The pod's own when undefined. */
  readonly graceSeconds: number | undefined;
  readonly hooks: HookRunner;
  readonly signal: AbortSignal;
}

/** Stops all containers: ordinary ones at once, then sidecars in the reverse order of their start. */
export async function killPodContainers(input: KillPodInput): Promise<void> {
  const { pod, runtime, cri, hooks, signal } = input;
  const graceSeconds = input.graceSeconds ?? Number(pod.spec.terminationGracePeriodSeconds ?? 30);
  const specs = new Map(everyContainer(pod).map((spec) => [spec.name, spec]));
  const running = runtime.containers.filter(
    (container) => isRunning(container) || container.state === "CONTAINER_UNKNOWN",
  );
  const sidecars = new Map((pod.spec.initContainers ?? []).filter(isSidecar).map((spec, index) => [spec.name, index]));
  const kill = (container: ContainerStatus) =>
    killContainer({ cri, container, spec: specs.get(containerName(container)), graceSeconds, hooks, signal });
  await Promise.all(running.filter((container) => !sidecars.has(containerName(container))).map(kill));
  const late = running.filter((container) => sidecars.has(containerName(container)));
  late.sort((a, b) => sidecars.get(containerName(b))! - sidecars.get(containerName(a))!);
  for (const container of late) await kill(container);
}

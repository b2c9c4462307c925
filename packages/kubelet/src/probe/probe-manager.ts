import type { ContainerStatus } from "@dingi/cri";
import type { V1Container, V1Pod, V1Probe } from "@dingi/api";
import type { Clock, Random } from "@dingi/base";
import type { Prober, ProbeResult } from "./prober.ts";

export type ProbeKind = "liveness" | "readiness" | "startup";

const KINDS: readonly ProbeKind[] = ["startup", "liveness", "readiness"];

export interface ProbeManagerOptions {
  readonly prober: Prober;
  readonly clock: Clock;
  readonly random: Random;
  /** A verdict changed: the pod has to be looked at. */
  readonly onChange: (uid: string) => void;
  /** A probe failed, could not be asked, or succeeded with a warning. */
  readonly onTrouble: (pod: V1Pod, container: V1Container, kind: ProbeKind, result: ProbeResult) => void;
}

/** The probes of running containers. Upstream: pkg/kubelet/prober/{prober_manager,worker}.go */
export class ProbeManager {
  readonly #options: ProbeManagerOptions;
  readonly #workers = new Map<string, ProbeWorker>();

  constructor(options: ProbeManagerOptions) {
    this.#options = options;
  }

  /** Starts probing a container that runs; called at every sync. */
  observe(pod: V1Pod, container: V1Container, status: ContainerStatus, podIp: string): void {
    for (const kind of KINDS) {
      const probe = probeOf(container, kind);
      const key = `${status.id}/${kind}`;
      if (!probe) continue;
      const worker = this.#workers.get(key);
      if (worker) worker.update(pod, podIp);
      else {
        const known = knownVerdict(pod, container, status, kind);
        const subject = {
          pod,
          container,
          status,
          podIp,
          kind,
          probe,
          known,
          started: () => this.started(container, status),
        };
        this.#workers.set(key, new ProbeWorker(this.#options, subject));
      }
    }
  }

  /** Stops the probes of containers of the pod that are not running any more. */
  retain(uid: string, running: ReadonlySet<string>): void {
    for (const [key, worker] of this.#workers) {
      if (worker.uid !== uid || running.has(worker.containerId)) continue;
      worker[Symbol.dispose]();
      this.#workers.delete(key);
    }
  }

  /** The pod is ending: nobody asks any more whether its containers live. Upstream: prober_manager.go#StopLivenessAndStartup */
  terminating(uid: string): void {
    for (const worker of this.#workers.values())
      if (worker.uid === uid && worker.kind !== "readiness") worker[Symbol.dispose]();
  }

  /** Undefined while the probe has not spoken. */
  verdict(containerId: string, kind: ProbeKind): boolean | undefined {
    return this.#workers.get(`${containerId}/${kind}`)?.verdict;
  }

  started(container: V1Container, status: ContainerStatus): boolean {
    return !container.startupProbe || this.verdict(status.id, "startup") === true;
  }

  ready(container: V1Container, status: ContainerStatus): boolean {
    if (!this.started(container, status)) return false;
    return !container.readinessProbe || this.verdict(status.id, "readiness") === true;
  }

  [Symbol.dispose](): void {
    for (const worker of this.#workers.values()) worker[Symbol.dispose]();
    this.#workers.clear();
  }
}

/** After a restart of the kubelet, a container that was ready stays so until its probe says otherwise. */
function knownVerdict(
  pod: V1Pod,
  container: V1Container,
  status: ContainerStatus,
  kind: ProbeKind,
): boolean | undefined {
  const all = [...(pod.status.containerStatuses ?? []), ...(pod.status.initContainerStatuses ?? [])];
  const known = all.find(
    ({ name, containerID }) => name === container.name && containerID?.endsWith(`://${status.id}`),
  );
  if (kind === "readiness" && known?.ready) return true;
  return kind === "startup" && known?.started ? true : undefined;
}

function probeOf(container: V1Container, kind: ProbeKind): V1Probe | undefined {
  return container[`${kind}Probe`];
}

interface Subject {
  readonly pod: V1Pod;
  readonly container: V1Container;
  readonly status: ContainerStatus;
  readonly podIp: string;
  readonly kind: ProbeKind;
  readonly probe: V1Probe;
  readonly known: boolean | undefined;
  readonly started: () => boolean;
}

class ProbeWorker implements Disposable {
  readonly #options: ProbeManagerOptions;
  #subject: Subject;
  readonly #stop = new AbortController();
  #verdict: boolean | undefined;
  #streak = 0;
  #last: boolean | undefined;

  constructor(options: ProbeManagerOptions, subject: Subject) {
    this.#options = options;
    this.#subject = subject;
    this.#verdict = subject.known;
    if (subject.kind === "startup" && subject.known) return;
    void this.#run().catch(() => {});
  }

  get uid(): string {
    return this.#subject.pod.metadata.uid!;
  }

  get containerId(): string {
    return this.#subject.status.id;
  }

  get kind(): ProbeKind {
    return this.#subject.kind;
  }

  get verdict(): boolean | undefined {
    return this.#verdict;
  }

  update(pod: V1Pod, podIp: string): void {
    this.#subject = { ...this.#subject, pod, podIp };
  }

  [Symbol.dispose](): void {
    this.#stop.abort(new Error("The container is not probed any more"));
  }

  async #run(): Promise<void> {
    const { clock, random } = this.#options;
    const { probe, status } = this.#subject;
    const { signal } = this.#stop;
    const periodMs = (probe.periodSeconds ?? 10) * 1000;
    const dueMs = status.startedAtMs + (probe.initialDelaySeconds ?? 0) * 1000 - clock.now();
    await clock.sleep(Math.max(0, dueMs) + random.float() * Math.min(periodMs, 200), signal);
    while (!signal.aborted) {
      const wait = this.#subject.kind !== "startup" && !this.#subject.started();
      if (!wait) await this.#once(signal);
      if (this.#isDecided()) return;
      await clock.sleep(wait ? Math.min(periodMs, 1000) : periodMs, signal);
    }
  }

  /** After that the container is another, or does not need to be asked this any more. */
  #isDecided(): boolean {
    const { kind } = this.#subject;
    return (kind === "startup" && this.#verdict !== undefined) || (kind === "liveness" && this.#verdict === false);
  }

  async #once(signal: AbortSignal): Promise<void> {
    const { prober, clock, onTrouble, onChange } = this.#options;
    const { probe, container, podIp, pod, kind } = this.#subject;
    const deadline = AbortSignal.any([signal, clock.deadline((probe.timeoutSeconds ?? 1) * 1000)]);
    const result = await prober.probe(probe, { container, containerId: this.containerId, podIp }, deadline);
    if (signal.aborted) return;
    if (result.verdict !== "success") onTrouble(pod, container, kind, result);
    // What could not be asked says nothing of the container.
    if (result.verdict === "error") return;
    const ok = result.verdict !== "failure";
    this.#streak = this.#last === ok ? this.#streak + 1 : 1;
    this.#last = ok;
    const threshold = ok ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3);
    const firstReadinessFailure = kind === "readiness" && this.#verdict === undefined && !ok;
    if (this.#streak < threshold && !firstReadinessFailure) return;
    if (this.#verdict === ok) return;
    this.#verdict = ok;
    onChange(this.uid);
  }
}

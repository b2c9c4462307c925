import type { Clock, Random } from "@dingi/base";
import type { Container, ContainerConfig, ContainerFilter, ContainerStatusResponse } from "../container.ts";
import { EventQueue } from "../event-queue.ts";
import type { PodSandbox, PodSandboxConfig, PodSandboxFilter, PodSandboxStatusResponse } from "../pod-sandbox.ts";
import type { LinuxContainerResources } from "../resources.ts";
import { RuntimeError } from "../runtime-error.ts";
import type { RuntimeEvent } from "../runtime-event.ts";
import type {
  AttachRequest,
  CallOptions,
  ExecRequest,
  ExecSyncResult,
  PortForwardRequest,
  RuntimeService,
  RuntimeStatus,
  RuntimeVersion,
} from "../runtime-service.ts";
import type { ContainerStats, ContainerStatsFilter, PodSandboxStats } from "../stats.ts";
import type { StringMap } from "../string-map.ts";
import { AddressPool } from "./address-pool.ts";
import { behaviorOf, environmentOf } from "./behavior.ts";
import { executeSimulated } from "./execution.ts";
import type { SimulatedImageService } from "./image-service.ts";
import { type LogWriter, SimulatedContainer } from "./simulated-container.ts";
import { SimulatedSandbox } from "./simulated-sandbox.ts";
import type { StreamingServer } from "./streaming-server.ts";

export interface SimulatedRuntimeOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** IPv4, e.g. "10.244.3.0/24". */
  readonly podCidr: string;
  /** Where containers' output goes; nowhere by default. */
  readonly writeLog?: LogWriter;
}

/** CRI without a machine: states, addresses, output and statistics as a runtime has them, and no process. */
export class SimulatedRuntimeService implements RuntimeService {
  readonly #options: SimulatedRuntimeOptions;
  readonly #images: SimulatedImageService;
  readonly #streaming: StreamingServer;
  readonly #sandboxes = new Map<string, SimulatedSandbox>();
  readonly #containers = new Map<string, SimulatedContainer>();
  /** Names in use; see PodSandboxMetadata. */
  readonly #names = new Set<string>();
  readonly #readers = new Set<EventQueue<RuntimeEvent>>();
  #addresses: AddressPool;

  constructor(options: SimulatedRuntimeOptions, images: SimulatedImageService, streaming: StreamingServer) {
    this.#options = options;
    this.#images = images;
    this.#streaming = streaming;
    this.#addresses = new AddressPool(options.podCidr);
  }

  async version(): Promise<RuntimeVersion> {
    return { version: "0.1.0", runtimeName: "simulated", runtimeVersion: "1.0.0", runtimeApiVersion: "v1" };
  }

  async status(): Promise<RuntimeStatus> {
    const ready = (type: string) => ({ type, status: true, reason: "", message: "" });
    return {
      conditions: [ready("RuntimeReady"), ready("NetworkReady")],
      info: {},
      runtimeHandlers: [{ name: "", features: undefined }],
      features: undefined,
    };
  }

  async runPodSandbox(
    config: PodSandboxConfig,
    options: CallOptions & { runtimeHandler?: string } = {},
  ): Promise<string> {
    options.signal?.throwIfAborted();
    this.#reserve(sandboxName(config));
    const { clock } = this.#options;
    const hostNetwork = config.linux?.securityContext?.namespaceOptions?.network === "NODE";
    const id = this.#newId();
    try {
      const ip = hostNetwork ? "" : this.#addresses.take();
      const { runtimeHandler = "" } = options;
      this.#sandboxes.set(id, new SimulatedSandbox({ id, config, ip, runtimeHandler, clock }));
    } catch (error) {
      this.#names.delete(sandboxName(config));
      throw error;
    }
    this.#publish({ type: "started", id });
    return id;
  }

  async stopPodSandbox(id: string): Promise<void> {
    const sandbox = this.#sandboxes.get(id);
    if (!sandbox || sandbox.state === "SANDBOX_NOTREADY") return;
    sandbox.state = "SANDBOX_NOTREADY";
    if (sandbox.ip !== "") this.#addresses.free(sandbox.ip);
    await Promise.all([...sandbox.containers].map((container) => container.kill()));
    this.#publish({ type: "exited", id, exitCode: 137 });
  }

  async removePodSandbox(id: string): Promise<void> {
    const sandbox = this.#sandboxes.get(id);
    if (!sandbox) return;
    await this.stopPodSandbox(id);
    for (const container of sandbox.containers) await this.removeContainer(container.id);
    this.#sandboxes.delete(id);
    this.#names.delete(sandboxName(sandbox.config));
  }

  async podSandboxStatus(id: string): Promise<PodSandboxStatusResponse> {
    return { status: this.#sandbox(id).status(), info: {}, containersStatuses: [] };
  }

  async listPodSandbox(filter: PodSandboxFilter = {}): Promise<PodSandbox[]> {
    const list: PodSandbox[] = [];
    for (const sandbox of this.#sandboxes.values()) {
      if (matches(filter, sandbox, sandbox.config.labels)) list.push(sandbox.summary());
    }
    return list;
  }

  async createContainer(
    podSandboxId: string,
    config: ContainerConfig,
    options: CallOptions & { sandboxConfig: PodSandboxConfig },
  ): Promise<string> {
    options.signal?.throwIfAborted();
    const { clock, writeLog = () => {} } = this.#options;
    const sandbox = this.#sandbox(podSandboxId);
    if (sandbox.state !== "SANDBOX_READY")
      throw new RuntimeError("FailedPrecondition", `Sandbox "${podSandboxId}" is not ready`);
    const imageId = this.#images.idOf(config.image.image);
    if (imageId === undefined)
      throw new RuntimeError("NotFound", `Image "${config.image.image}" is absent; pull it first`);
    this.#reserve(containerName(podSandboxId, config));
    const id = this.#newId();
    const logPath = config.logPath ? `${sandbox.config.logDirectory ?? ""}/${config.logPath}` : "";
    const behavior = behaviorOf(config, sandbox.config);
    const onExit = (exitCode: number) => this.#publish({ type: "exited", id, exitCode });
    const container = new SimulatedContainer({
      id,
      podSandboxId,
      config,
      behavior,
      logPath,
      imageId,
      clock,
      writeLog,
      onExit,
    });
    this.#containers.set(id, container);
    sandbox.containers.add(container);
    return id;
  }

  async startContainer(id: string): Promise<void> {
    this.#container(id).start();
    this.#publish({ type: "started", id });
  }

  async stopContainer(id: string, timeoutSeconds: number, options: CallOptions = {}): Promise<void> {
    const stopped = this.#containers.get(id)?.stop(timeoutSeconds * 1000);
    await (options.signal && stopped ? Promise.race([stopped, rejectedBy(options.signal)]) : stopped);
  }

  async removeContainer(id: string): Promise<void> {
    const container = this.#containers.get(id);
    if (!container) return;
    if (container.state === "CONTAINER_RUNNING") await container.kill();
    this.#containers.delete(id);
    this.#sandboxes.get(container.podSandboxId)?.containers.delete(container);
    this.#names.delete(containerName(container.podSandboxId, container.config));
  }

  async listContainers(filter: ContainerFilter = {}): Promise<Container[]> {
    const { podSandboxId } = filter;
    const candidates =
      podSandboxId === undefined ? this.#containers.values() : (this.#sandboxes.get(podSandboxId)?.containers ?? []);
    const list: Container[] = [];
    for (const container of candidates) {
      if (matches(filter, container, container.config.labels)) list.push(container.summary());
    }
    return list;
  }

  async containerStatus(id: string): Promise<ContainerStatusResponse> {
    return { status: this.#container(id).status(), info: {} };
  }

  async updateContainerResources(id: string, resources: LinuxContainerResources): Promise<void> {
    this.#container(id).update(resources);
  }

  async reopenContainerLog(id: string): Promise<void> {
    this.#running(id);
  }

  async execSync(
    id: string,
    cmd: readonly string[],
    options: CallOptions & { timeoutSeconds?: number } = {},
  ): Promise<ExecSyncResult> {
    const container = this.#running(id);
    const environment = environmentOf(container.config, this.#sandbox(container.podSandboxId).config);
    return executeSimulated(cmd, { ...options, environment, clock: this.#options.clock });
  }

  async exec(request: ExecRequest): Promise<string> {
    const container = this.#running(request.containerId);
    const environment = environmentOf(container.config, this.#sandbox(container.podSandboxId).config);
    return this.#streaming.execUrl(request, environment);
  }

  async attach(request: AttachRequest): Promise<string> {
    this.#running(request.containerId);
    return this.#streaming.attachUrl();
  }

  async portForward(request: PortForwardRequest): Promise<string> {
    this.#sandbox(request.podSandboxId);
    return this.#streaming.portForwardUrl();
  }

  async containerStats(id: string): Promise<ContainerStats> {
    return this.#container(id).stats();
  }

  async listContainerStats(filter: ContainerStatsFilter = {}): Promise<ContainerStats[]> {
    const running = await this.listContainers({ ...filter, state: "CONTAINER_RUNNING" });
    return running.map(({ id }) => this.#container(id).stats());
  }

  async podSandboxStats(id: string): Promise<PodSandboxStats> {
    const sandbox = this.#sandbox(id);
    const { metadata, labels = {}, annotations = {} } = sandbox.config;
    const timestampMs = this.#options.clock.now();
    const containers = [...sandbox.containers].filter(isRunning).map((container) => container.stats());
    const sum = (of: (stats: ContainerStats) => number | undefined) =>
      containers.reduce((total, stats) => total + (of(stats) ?? 0), 0);
    return {
      attributes: { id, metadata, labels, annotations },
      linux: {
        cpu: {
          timestampMs,
          usageCoreNanoSeconds: sum(({ cpu }) => cpu?.usageCoreNanoSeconds),
          usageNanoCores: sum(({ cpu }) => cpu?.usageNanoCores),
        },
        memory: { timestampMs, workingSetBytes: sum(({ memory }) => memory?.workingSetBytes) },
        network: undefined,
        process: { timestampMs, processCount: containers.length },
        containers,
      },
    };
  }

  async listPodSandboxStats(): Promise<PodSandboxStats[]> {
    const ready = [...this.#sandboxes.values()].filter(({ state }) => state === "SANDBOX_READY");
    return await Promise.all(ready.map(({ id }) => this.podSandboxStats(id)));
  }

  /** Takes a new range; addresses already given stay with their sandboxes. */
  async updateRuntimeConfig(podCidr: string): Promise<void> {
    this.#addresses = new AddressPool(podCidr);
  }

  async *events({ signal }: { readonly signal: AbortSignal }): AsyncIterable<readonly RuntimeEvent[]> {
    const queue = new EventQueue<RuntimeEvent>();
    this.#readers.add(queue);
    try {
      yield [];
      yield* queue.batches(signal);
    } finally {
      this.#readers.delete(queue);
    }
  }

  #publish(event: RuntimeEvent): void {
    for (const reader of this.#readers) reader.push(event);
  }

  #reserve(name: string): void {
    if (this.#names.has(name)) throw new RuntimeError("AlreadyExists", `The name "${name}" is taken`);
    this.#names.add(name);
  }

  #newId(): string {
    return this.#options.random.bytes(32).toHex();
  }

  #sandbox(id: string): SimulatedSandbox {
    const sandbox = this.#sandboxes.get(id);
    if (!sandbox) throw new RuntimeError("NotFound", `There is no sandbox "${id}"`);
    return sandbox;
  }

  #container(id: string): SimulatedContainer {
    const container = this.#containers.get(id);
    if (!container) throw new RuntimeError("NotFound", `There is no container "${id}"`);
    return container;
  }

  #running(id: string): SimulatedContainer {
    const container = this.#container(id);
    if (!isRunning(container)) throw new RuntimeError("FailedPrecondition", `Container "${id}" does not run`);
    return container;
  }
}

function isRunning(container: SimulatedContainer): boolean {
  return container.state === "CONTAINER_RUNNING";
}

function sandboxName({ metadata }: PodSandboxConfig): string {
  return `${metadata.name}_${metadata.namespace}_${metadata.uid}_${metadata.attempt}`;
}

function containerName(podSandboxId: string, { metadata }: ContainerConfig): string {
  return `${metadata.name}_${podSandboxId}_${metadata.attempt}`;
}

interface Filter {
  readonly id?: string;
  readonly state?: string;
  readonly labelSelector?: StringMap;
}

function matches(
  filter: Filter,
  item: { readonly id: string; readonly state: string },
  labels: StringMap = {},
): boolean {
  if (filter.id !== undefined && filter.id !== item.id) return false;
  if (filter.state !== undefined && filter.state !== item.state) return false;
  return Object.entries(filter.labelSelector ?? {}).every(([key, value]) => labels[key] === value);
}

function rejectedBy(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  if (signal.aborted) reject(signal.reason);
  else signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  return promise;
}

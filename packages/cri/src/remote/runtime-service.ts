import type { Channel, MessageType } from "@dingi/grpc";
import type { Container, ContainerConfig, ContainerFilter, ContainerStatusResponse } from "../container.ts";
import type { PodSandbox, PodSandboxConfig, PodSandboxFilter, PodSandboxStatusResponse } from "../pod-sandbox.ts";
import type { LinuxContainerResources } from "../resources.ts";
import { hasRuntimeCode, RuntimeError } from "../runtime-error.ts";
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
import * as containers from "./container-messages.ts";
import * as sandboxes from "./sandbox-messages.ts";
import { flatContainerStats, flatPodSandboxStats } from "./flat-stats.ts";
import * as stats from "./stats-messages.ts";

// Upstream: pkg/kubelet/apis/config/v1beta1/defaults.go, runtimeRequestTimeout
const DEFAULT_TIMEOUT_MS = 2 * 60_000;

/** CRI v1 over gRPC. What CRI 1.6 cannot tell, events, comes from `subclass`es of their own. */
export abstract class RemoteRuntimeService implements RuntimeService {
  readonly #channel: Channel;

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  abstract events(options: { readonly signal: AbortSignal }): AsyncIterable<readonly RuntimeEvent[]>;

  version(options?: CallOptions): Promise<RuntimeVersion> {
    return this.#call("Version", [sandboxes.Empty, sandboxes.VersionResponse], {}, options);
  }

  async status(options: CallOptions & { verbose?: boolean } = {}): Promise<RuntimeStatus> {
    const types: Types = [sandboxes.StatusRequest, sandboxes.StatusResponse];
    const response: Omit<RuntimeStatus, "conditions"> & { status?: Pick<RuntimeStatus, "conditions"> } =
      await this.#call("Status", types, { verbose: options.verbose }, options);
    const { info, runtimeHandlers, features } = response;
    return { conditions: response.status?.conditions ?? [], info, runtimeHandlers, features };
  }

  async runPodSandbox(
    config: PodSandboxConfig,
    options: CallOptions & { runtimeHandler?: string } = {},
  ): Promise<string> {
    const types: Types = [sandboxes.RunPodSandboxRequest, sandboxes.PodSandboxId];
    const request = { config, runtimeHandler: options.runtimeHandler };
    // Upstream: cri-client/pkg/remote_runtime.go#RunPodSandbox doubles the time, for its image may have to be pulled.
    const timeoutMs = 2 * DEFAULT_TIMEOUT_MS;
    const response: { podSandboxId: string } = await this.#call("RunPodSandbox", types, request, {
      ...options,
      timeoutMs,
    });
    return response.podSandboxId;
  }

  async stopPodSandbox(podSandboxId: string, options?: CallOptions): Promise<void> {
    await unlessNotFound(
      this.#call("StopPodSandbox", [sandboxes.PodSandboxId, sandboxes.Empty], { podSandboxId }, options),
    );
  }

  async removePodSandbox(podSandboxId: string, options?: CallOptions): Promise<void> {
    await unlessNotFound(
      this.#call("RemovePodSandbox", [sandboxes.PodSandboxId, sandboxes.Empty], { podSandboxId }, options),
    );
  }

  async podSandboxStatus(
    podSandboxId: string,
    options: CallOptions & { verbose?: boolean } = {},
  ): Promise<PodSandboxStatusResponse> {
    const types: Types = [sandboxes.PodSandboxStatusRequest, containers.PodSandboxStatusResponse];
    const request = { podSandboxId, verbose: options.verbose };
    const response: PodSandboxStatusResponse = await this.#call("PodSandboxStatus", types, request, options);
    return whole(response, "PodSandboxStatus");
  }

  async listPodSandbox(filter: PodSandboxFilter = {}, options?: CallOptions): Promise<PodSandbox[]> {
    const types: Types = [sandboxes.ListPodSandboxRequest, sandboxes.ListPodSandboxResponse];
    const response: { items: PodSandbox[] } = await this.#call("ListPodSandbox", types, wrapState(filter), options);
    return response.items;
  }

  async createContainer(
    podSandboxId: string,
    config: ContainerConfig,
    options: CallOptions & { sandboxConfig: PodSandboxConfig },
  ): Promise<string> {
    const types: Types = [containers.CreateContainerRequest, containers.ContainerId];
    const request = { podSandboxId, config, sandboxConfig: options.sandboxConfig };
    const response: { containerId: string } = await this.#call("CreateContainer", types, request, options);
    return response.containerId;
  }

  async startContainer(containerId: string, options?: CallOptions): Promise<void> {
    await this.#call("StartContainer", [containers.ContainerId, sandboxes.Empty], { containerId }, options);
  }

  async stopContainer(containerId: string, timeoutSeconds: number, options?: CallOptions): Promise<void> {
    const types: Types = [containers.StopContainerRequest, sandboxes.Empty];
    const timeoutMs = DEFAULT_TIMEOUT_MS + timeoutSeconds * 1000;
    const request = { containerId, timeout: timeoutSeconds };
    await unlessNotFound(this.#call("StopContainer", types, request, { ...options, timeoutMs }));
  }

  async removeContainer(containerId: string, options?: CallOptions): Promise<void> {
    await unlessNotFound(
      this.#call("RemoveContainer", [containers.ContainerId, sandboxes.Empty], { containerId }, options),
    );
  }

  async listContainers(filter: ContainerFilter = {}, options?: CallOptions): Promise<Container[]> {
    const types: Types = [containers.ListContainersRequest, containers.ListContainersResponse];
    const response: { containers: Container[] } = await this.#call("ListContainers", types, wrapState(filter), options);
    return response.containers;
  }

  async containerStatus(
    containerId: string,
    options: CallOptions & { verbose?: boolean } = {},
  ): Promise<ContainerStatusResponse> {
    const types: Types = [containers.ContainerStatusRequest, containers.ContainerStatusResponse];
    const request = { containerId, verbose: options.verbose };
    const response: ContainerStatusResponse = await this.#call("ContainerStatus", types, request, options);
    return whole(response, "ContainerStatus");
  }

  async updateContainerResources(
    containerId: string,
    resources: LinuxContainerResources,
    options?: CallOptions,
  ): Promise<void> {
    const types: Types = [containers.UpdateContainerResourcesRequest, sandboxes.Empty];
    await this.#call("UpdateContainerResources", types, { containerId, linux: resources }, options);
  }

  async reopenContainerLog(containerId: string, options?: CallOptions): Promise<void> {
    await this.#call("ReopenContainerLog", [containers.ContainerId, sandboxes.Empty], { containerId }, options);
  }

  execSync(
    containerId: string,
    cmd: readonly string[],
    options: CallOptions & { timeoutSeconds?: number } = {},
  ): Promise<ExecSyncResult> {
    const { timeoutSeconds = 0 } = options;
    const timeoutMs = timeoutSeconds === 0 ? undefined : DEFAULT_TIMEOUT_MS + timeoutSeconds * 1000;
    const types: Types = [containers.ExecSyncRequest, containers.ExecSyncResponse];
    return this.#call("ExecSync", types, { containerId, cmd, timeout: timeoutSeconds }, { ...options, timeoutMs });
  }

  exec(request: ExecRequest, options?: CallOptions): Promise<string> {
    return this.#streamingUrl("Exec", containers.ExecRequest, request, options);
  }

  attach(request: AttachRequest, options?: CallOptions): Promise<string> {
    return this.#streamingUrl("Attach", containers.AttachRequest, request, options);
  }

  portForward(request: PortForwardRequest, options?: CallOptions): Promise<string> {
    return this.#streamingUrl("PortForward", containers.PortForwardRequest, request, options);
  }

  async containerStats(containerId: string, options?: CallOptions): Promise<ContainerStats> {
    const types: Types = [containers.ContainerId, stats.ContainerStatsResponse];
    const response: { stats?: ContainerStats } = await this.#call("ContainerStats", types, { containerId }, options);
    if (!response.stats) throw new RuntimeError("Internal", "ContainerStats came back empty");
    return flatContainerStats(response.stats);
  }

  async listContainerStats(filter: ContainerStatsFilter = {}, options?: CallOptions): Promise<ContainerStats[]> {
    const types: Types = [stats.ListContainerStatsRequest, stats.ListContainerStatsResponse];
    const response: { stats: ContainerStats[] } = await this.#call("ListContainerStats", types, { filter }, options);
    return response.stats.map(flatContainerStats);
  }

  async podSandboxStats(podSandboxId: string, options?: CallOptions): Promise<PodSandboxStats> {
    const types: Types = [sandboxes.PodSandboxId, stats.PodSandboxStatsResponse];
    const response: { stats?: PodSandboxStats } = await this.#call("PodSandboxStats", types, { podSandboxId }, options);
    if (!response.stats) throw new RuntimeError("Internal", "PodSandboxStats came back empty");
    return flatPodSandboxStats(response.stats);
  }

  async listPodSandboxStats(options?: CallOptions): Promise<PodSandboxStats[]> {
    const types: Types = [stats.ListPodSandboxStatsRequest, stats.ListPodSandboxStatsResponse];
    const response: { stats: PodSandboxStats[] } = await this.#call("ListPodSandboxStats", types, {}, options);
    return response.stats.map(flatPodSandboxStats);
  }

  async updateRuntimeConfig(podCidr: string, options?: CallOptions): Promise<void> {
    const types: Types = [sandboxes.UpdateRuntimeConfigRequest, sandboxes.Empty];
    await this.#call("UpdateRuntimeConfig", types, { runtimeConfig: { networkConfig: { podCidr } } }, options);
  }

  async #streamingUrl(name: string, request: MessageType, value: object, options?: CallOptions): Promise<string> {
    const response: { url: string } = await this.#call(name, [request, containers.StreamingUrl], value, options);
    return response.url;
  }

  #call<Response>(
    name: string,
    [request, response]: Types,
    ...[value, options]: [value: object, options: (CallOptions & { timeoutMs?: number | undefined }) | undefined]
  ): Promise<Response> {
    const timeoutMs = options && "timeoutMs" in options ? options.timeoutMs : DEFAULT_TIMEOUT_MS;
    const method = { path: `/runtime.v1.RuntimeService/${name}`, request, response };
    return this.#channel.unary<Response>(method, value, { signal: options?.signal, timeoutMs });
  }
}

type Types = readonly [request: MessageType, response: MessageType];

/** Filters hold their state in a message of its own, for 0 is a state. */
function wrapState(filter: { readonly state?: string; readonly labelSelector?: StringMap }): object {
  return { filter: { ...filter, state: filter.state === undefined ? undefined : { state: filter.state } } };
}

function whole<T extends { readonly status: unknown }>(response: T, name: string): T {
  if (!response.status) throw new RuntimeError("Internal", `${name} came back empty`);
  return response;
}

async function unlessNotFound(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!hasRuntimeCode(error, "NotFound")) throw error;
  }
}

import type { Container, ContainerConfig, ContainerFilter, ContainerStatusResponse } from "./container.ts";
import type { PodSandbox, PodSandboxConfig, PodSandboxFilter, PodSandboxStatusResponse } from "./pod-sandbox.ts";
import type { LinuxContainerResources } from "./resources.ts";
import type { RuntimeEvent } from "./runtime-event.ts";
import type { ContainerStats, ContainerStatsFilter, PodSandboxStats } from "./stats.ts";
import type { StringMap } from "./string-map.ts";

/** Aborting rejects with `signal.reason`. Each call also has a deadline of its own: RuntimeError "DeadlineExceeded". */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * CRI v1 as a kubelet uses it. Failures are RuntimeErrors. Stop and remove are idempotent: an unknown id is success.
 * Status, start, update, exec and the like of an unknown id reject with "NotFound".
 * Upstream: cri-api/pkg/apis/services.go#RuntimeService
 */
export interface RuntimeService {
  version(options?: CallOptions): Promise<RuntimeVersion>;
  status(options?: CallOptions & { verbose?: boolean }): Promise<RuntimeStatus>;

  /** Returns the sandbox's id once its network and pause container are up. Fails while the name is taken. */
  runPodSandbox(config: PodSandboxConfig, options?: CallOptions & { runtimeHandler?: string }): Promise<string>;
  /** Kills what still runs, without grace: stop the containers first. Frees the address. */
  stopPodSandbox(id: string, options?: CallOptions): Promise<void>;
  removePodSandbox(id: string, options?: CallOptions): Promise<void>;
  podSandboxStatus(id: string, options?: CallOptions & { verbose?: boolean }): Promise<PodSandboxStatusResponse>;
  listPodSandbox(filter?: PodSandboxFilter, options?: CallOptions): Promise<PodSandbox[]>;

  createContainer(
    podSandboxId: string,
    config: ContainerConfig,
    options: CallOptions & { sandboxConfig: PodSandboxConfig },
  ): Promise<string>;
  startContainer(id: string, options?: CallOptions): Promise<void>;
  /** The stop signal, then SIGKILL after `timeoutSeconds`; resolves when the container has exited. 0 kills at once. */
  stopContainer(id: string, timeoutSeconds: number, options?: CallOptions): Promise<void>;
  removeContainer(id: string, options?: CallOptions): Promise<void>;
  listContainers(filter?: ContainerFilter, options?: CallOptions): Promise<Container[]>;
  containerStatus(id: string, options?: CallOptions & { verbose?: boolean }): Promise<ContainerStatusResponse>;
  updateContainerResources(id: string, resources: LinuxContainerResources, options?: CallOptions): Promise<void>;
  /** Call after the log file was renamed. */
  reopenContainerLog(id: string, options?: CallOptions): Promise<void>;

  /** Runs to the end. `timeoutSeconds` 0 waits for ever; when it passes: "DeadlineExceeded". */
  execSync(
    id: string,
    cmd: readonly string[],
    options?: CallOptions & { timeoutSeconds?: number },
  ): Promise<ExecSyncResult>;
  /** Each returns a URL for one upgrade request (SPDY/3.1 or WebSocket); it can be dialled from the node only. */
  exec(request: ExecRequest, options?: CallOptions): Promise<string>;
  attach(request: AttachRequest, options?: CallOptions): Promise<string>;
  portForward(request: PortForwardRequest, options?: CallOptions): Promise<string>;

  containerStats(id: string, options?: CallOptions): Promise<ContainerStats>;
  listContainerStats(filter?: ContainerStatsFilter, options?: CallOptions): Promise<ContainerStats[]>;
  /** Needs the sandbox's `cgroupParent`. */
  podSandboxStats(id: string, options?: CallOptions): Promise<PodSandboxStats>;
  /** Of all that are there; those that end meanwhile may be missing. */
  listPodSandboxStats(options?: CallOptions): Promise<PodSandboxStats[]>;

  updateRuntimeConfig(podCidr: string, options?: CallOptions): Promise<void>;

  /**
   * Events from now on, in order, one array per arrival; the first array is empty and means "subscribed": list everything
   * then, for there is no replay. Throws when the runtime goes away (subscribe and list again); ends by `signal`.
   */
  events(options: { readonly signal: AbortSignal }): AsyncIterable<readonly RuntimeEvent[]>;
}

export interface RuntimeVersion {
  /** Of the kubelet API: "0.1.0". */
  readonly version: string;
  readonly runtimeName: string;
  readonly runtimeVersion: string;
  readonly runtimeApiVersion: string;
}

interface RuntimeCondition {
  /** "RuntimeReady" or "NetworkReady", and a runtime's own. */
  readonly type: string;
  readonly status: boolean;
  readonly reason: string;
  readonly message: string;
}

interface RuntimeHandler {
  readonly name: string;
  readonly features: { readonly recursiveReadOnlyMounts?: boolean; readonly userNamespaces?: boolean } | undefined;
}

export interface RuntimeStatus {
  readonly conditions: readonly RuntimeCondition[];
  readonly info: StringMap;
  /** Empty with older runtimes. */
  readonly runtimeHandlers: readonly RuntimeHandler[];
  readonly features: { readonly supplementalGroupsPolicy?: boolean } | undefined;
}

export interface ExecSyncResult {
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  readonly exitCode: number;
}

export interface AttachRequest {
  readonly containerId: string;
  readonly stdin: boolean;
  readonly stdout: boolean;
  /** False with a terminal. */
  readonly stderr: boolean;
  readonly tty: boolean;
}

export interface ExecRequest extends AttachRequest {
  readonly cmd: readonly string[];
}

export interface PortForwardRequest {
  readonly podSandboxId: string;
  /** Needed for WebSocket; SPDY names the port in its streams. */
  readonly port: readonly number[];
}

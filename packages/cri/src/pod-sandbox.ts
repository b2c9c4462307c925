import type { ContainerStatus } from "./container.ts";
import type { LinuxContainerResources } from "./resources.ts";
import type { LinuxSandboxSecurityContext, NamespaceOption } from "./security-context.ts";
import type { StringMap } from "./string-map.ts";

/** Names a sandbox: no two with the same four values exist at a time, so a new one raises `attempt`. */
export interface PodSandboxMetadata {
  readonly name: string;
  readonly uid: string;
  readonly namespace: string;
  readonly attempt: number;
}

export interface DnsConfig {
  readonly servers?: readonly string[];
  readonly searches?: readonly string[];
  readonly options?: readonly string[];
}

export interface PortMapping {
  readonly protocol: "TCP" | "UDP" | "SCTP";
  readonly containerPort: number;
  readonly hostPort: number;
  readonly hostIp?: string;
}

interface LinuxPodSandboxConfig {
  /** Parent of the pod's cgroup, as in "/dingi/NAME/NODE/kubepods/burstable/podUID". Needed for statistics. */
  readonly cgroupParent?: string;
  readonly securityContext?: LinuxSandboxSecurityContext;
  readonly sysctls?: StringMap;
  readonly overhead?: LinuxContainerResources;
  readonly resources?: LinuxContainerResources;
}

export interface PodSandboxConfig {
  readonly metadata: PodSandboxMetadata;
  /** "" when the pod uses the node's network. */
  readonly hostname?: string;
  /** Made by the caller; containers' `logPath` is relative to it. */
  readonly logDirectory?: string;
  readonly dnsConfig?: DnsConfig;
  readonly portMappings?: readonly PortMapping[];
  readonly labels?: StringMap;
  readonly annotations?: StringMap;
  readonly linux?: LinuxPodSandboxConfig;
}

export type PodSandboxState = "SANDBOX_READY" | "SANDBOX_NOTREADY";

export interface PodSandbox {
  readonly id: string;
  readonly metadata: PodSandboxMetadata;
  readonly state: PodSandboxState;
  readonly createdAtMs: number;
  readonly labels: StringMap;
  readonly annotations: StringMap;
  readonly runtimeHandler: string;
}

interface PodSandboxNetworkStatus {
  /** "" when the pod uses the node's network. */
  readonly ip: string;
  readonly additionalIps: readonly { readonly ip: string }[];
}

export interface PodSandboxStatus extends PodSandbox {
  readonly network: PodSandboxNetworkStatus | undefined;
  readonly linux: { readonly namespaces?: { readonly options?: NamespaceOption } } | undefined;
}

export interface PodSandboxStatusResponse {
  readonly status: PodSandboxStatus;
  /** With `verbose`: JSON documents of the runtime's own, e.g. "info" with the `pid`. */
  readonly info: StringMap;
  /** Filled by newer runtimes only. */
  readonly containersStatuses: readonly ContainerStatus[];
}

export interface PodSandboxFilter {
  readonly id?: string;
  readonly state?: PodSandboxState;
  readonly labelSelector?: StringMap;
}

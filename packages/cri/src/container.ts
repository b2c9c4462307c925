import type { ImageSpec } from "./image.ts";
import type { LinuxContainerResources } from "./resources.ts";
import type { IdMapping, LinuxContainerSecurityContext } from "./security-context.ts";
import type { StringMap } from "./string-map.ts";

/** Names a container within its sandbox: a restart raises `attempt`. */
export interface ContainerMetadata {
  readonly name: string;
  readonly attempt: number;
}

interface KeyValue {
  readonly key: string;
  readonly value: string;
}

export type MountPropagation = "PROPAGATION_PRIVATE" | "PROPAGATION_HOST_TO_CONTAINER" | "PROPAGATION_BIDIRECTIONAL";

export interface Mount {
  readonly containerPath: string;
  /** A missing source becomes an empty directory: the caller checks hostPath types. "" for an image mount. */
  readonly hostPath: string;
  readonly readonly?: boolean;
  readonly selinuxRelabel?: boolean;
  readonly propagation?: MountPropagation;
  readonly uidMappings?: readonly IdMapping[];
  readonly gidMappings?: readonly IdMapping[];
  readonly recursiveReadOnly?: boolean;
  readonly image?: ImageSpec;
  readonly imageSubPath?: string;
}

interface Device {
  readonly containerPath: string;
  readonly hostPath: string;
  /** Of "r", "w", "m". */
  readonly permissions: string;
}

interface LinuxContainerConfig {
  readonly resources?: LinuxContainerResources;
  readonly securityContext?: LinuxContainerSecurityContext;
}

export interface ContainerConfig {
  readonly metadata: ContainerMetadata;
  /** `image` is the id or reference that `imageStatus` or `pullImage` gave. */
  readonly image: ImageSpec;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly workingDir?: string;
  readonly envs?: readonly KeyValue[];
  readonly mounts?: readonly Mount[];
  readonly devices?: readonly Device[];
  readonly labels?: StringMap;
  readonly annotations?: StringMap;
  /** Relative to the sandbox's `logDirectory`. */
  readonly logPath?: string;
  readonly stdin?: boolean;
  readonly stdinOnce?: boolean;
  readonly tty?: boolean;
  readonly linux?: LinuxContainerConfig;
  /** A signal's name, e.g. "SIGUSR1"; older runtimes ignore it. */
  readonly stopSignal?: string;
}

export type ContainerState = "CONTAINER_CREATED" | "CONTAINER_RUNNING" | "CONTAINER_EXITED" | "CONTAINER_UNKNOWN";

export interface Container {
  readonly id: string;
  readonly podSandboxId: string;
  readonly metadata: ContainerMetadata;
  readonly image: ImageSpec;
  readonly imageRef: string;
  readonly imageId: string;
  readonly state: ContainerState;
  readonly createdAtMs: number;
  readonly labels: StringMap;
  readonly annotations: StringMap;
}

export interface ContainerStatus {
  readonly id: string;
  readonly metadata: ContainerMetadata;
  readonly state: ContainerState;
  readonly createdAtMs: number;
  /** 0 until started. */
  readonly startedAtMs: number;
  /** 0 until exited. */
  readonly finishedAtMs: number;
  readonly exitCode: number;
  readonly image: ImageSpec;
  readonly imageRef: string;
  /** "" with older runtimes: `imageRef` is the id then. */
  readonly imageId: string;
  /**
   * "Completed", "Error", "OOMKilled", "StartError" (exit code 128), "Unknown" (255, after a crash of the node).
   * On cgroup v1 an OOM of the whole pod marks each container: trust "OOMKilled" with exit code 137 only.
   */
  readonly reason: string;
  readonly message: string;
  readonly labels: StringMap;
  readonly annotations: StringMap;
  readonly mounts: readonly Mount[];
  /** Absolute. */
  readonly logPath: string;
  readonly resources: { readonly linux?: LinuxContainerResources } | undefined;
  readonly user: { readonly linux?: ContainerUser } | undefined;
  readonly stopSignal: string;
}

interface ContainerUser {
  readonly uid: number;
  readonly gid: number;
  readonly supplementalGroups: readonly number[];
}

export interface ContainerStatusResponse {
  readonly status: ContainerStatus;
  /** With `verbose`: JSON documents of the runtime's own, e.g. "info" with the `pid`. */
  readonly info: StringMap;
}

export interface ContainerFilter {
  readonly id?: string;
  readonly state?: ContainerState;
  readonly podSandboxId?: string;
  readonly labelSelector?: StringMap;
}

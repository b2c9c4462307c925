import { enumOf, field, message, repeated } from "@dingi/grpc";
import { ImageSpec } from "./image-messages.ts";
import { PodSandboxConfig, PodSandboxStatus } from "./sandbox-messages.ts";
import { IdMapping, LinuxContainerResources, LinuxContainerSecurityContext } from "./security-messages.ts";
import { Signal } from "./signals.ts";

const KeyValue = message({ key: field(1, "string"), value: field(2, "text") });

const Mount = message({
  containerPath: field(1, "string"),
  hostPath: field(2, "string"),
  readonly: field(3, "bool"),
  selinuxRelabel: field(4, "bool"),
  propagation: field(5, enumOf("PROPAGATION_PRIVATE", "PROPAGATION_HOST_TO_CONTAINER", "PROPAGATION_BIDIRECTIONAL")),
  uidMappings: repeated(6, IdMapping),
  gidMappings: repeated(7, IdMapping),
  recursiveReadOnly: field(8, "bool"),
  image: field(9, ImageSpec),
  imageSubPath: field(10, "string"),
});

const Device = message({
  containerPath: field(1, "string"),
  hostPath: field(2, "string"),
  permissions: field(3, "string"),
});

export const ContainerMetadata = message({ name: field(1, "string"), attempt: field(2, "uint32") });

const LinuxContainerConfig = message({
  resources: field(1, LinuxContainerResources),
  securityContext: field(2, LinuxContainerSecurityContext),
});

const ContainerConfig = message({
  metadata: field(1, ContainerMetadata),
  image: field(2, ImageSpec),
  command: repeated(3, "string"),
  args: repeated(4, "string"),
  workingDir: field(5, "string"),
  envs: repeated(6, KeyValue),
  mounts: repeated(7, Mount),
  devices: repeated(8, Device),
  labels: field(9, "map"),
  annotations: field(10, "map"),
  logPath: field(11, "string"),
  stdin: field(12, "bool"),
  stdinOnce: field(13, "bool"),
  tty: field(14, "bool"),
  linux: field(15, LinuxContainerConfig),
  stopSignal: field(18, Signal),
});

export const CreateContainerRequest = message({
  podSandboxId: field(1, "string"),
  config: field(2, ContainerConfig),
  sandboxConfig: field(3, PodSandboxConfig),
});
/** CreateContainerResponse and the requests that name a container only. */
export const ContainerId = message({ containerId: field(1, "string") });
export const StopContainerRequest = message({ containerId: field(1, "string"), timeout: field(2, "int64") });
export const ContainerStatusRequest = message({ containerId: field(1, "string"), verbose: field(2, "bool") });

const ContainerState = enumOf("CONTAINER_CREATED", "CONTAINER_RUNNING", "CONTAINER_EXITED", "CONTAINER_UNKNOWN");
const ContainerStateValue = message({ state: field(1, ContainerState) });
const ContainerFilter = message({
  id: field(1, "string"),
  state: field(2, ContainerStateValue),
  podSandboxId: field(3, "string"),
  labelSelector: field(4, "map"),
});
export const ListContainersRequest = message({ filter: field(1, ContainerFilter) });

const Container = message({
  id: field(1, "string"),
  podSandboxId: field(2, "string"),
  metadata: field(3, ContainerMetadata),
  image: field(4, ImageSpec),
  imageRef: field(5, "string"),
  state: field(6, ContainerState),
  createdAtMs: field(7, "nanos"),
  labels: field(8, "map"),
  annotations: field(9, "map"),
  imageId: field(10, "string"),
});
export const ListContainersResponse = message({ containers: repeated(1, Container) });

const LinuxContainerUser = message({
  uid: field(1, "int64"),
  gid: field(2, "int64"),
  supplementalGroups: repeated(3, "int64"),
});
const ContainerUser = message({ linux: field(1, LinuxContainerUser) });
const ContainerResources = message({ linux: field(1, LinuxContainerResources) });

const ContainerStatus = message({
  id: field(1, "string"),
  metadata: field(2, ContainerMetadata),
  state: field(3, ContainerState),
  createdAtMs: field(4, "nanos"),
  startedAtMs: field(5, "nanos"),
  finishedAtMs: field(6, "nanos"),
  exitCode: field(7, "int32"),
  image: field(8, ImageSpec),
  imageRef: field(9, "string"),
  reason: field(10, "string"),
  message: field(11, "string"),
  labels: field(12, "map"),
  annotations: field(13, "map"),
  mounts: repeated(14, Mount),
  logPath: field(15, "string"),
  resources: field(16, ContainerResources),
  imageId: field(17, "string"),
  user: field(18, ContainerUser),
  stopSignal: field(19, Signal),
});
export const ContainerStatusResponse = message({ status: field(1, ContainerStatus), info: field(2, "map") });
export const PodSandboxStatusResponse = message({
  status: field(1, PodSandboxStatus),
  info: field(2, "map"),
  containersStatuses: repeated(3, ContainerStatus),
});

export const UpdateContainerResourcesRequest = message({
  containerId: field(1, "string"),
  linux: field(2, LinuxContainerResources),
});

export const ExecSyncRequest = message({
  containerId: field(1, "string"),
  cmd: repeated(2, "string"),
  timeout: field(3, "int64"),
});
export const ExecSyncResponse = message({
  stdout: field(1, "bytes"),
  stderr: field(2, "bytes"),
  exitCode: field(3, "int32"),
});
export const ExecRequest = message({
  containerId: field(1, "string"),
  cmd: repeated(2, "string"),
  tty: field(3, "bool"),
  stdin: field(4, "bool"),
  stdout: field(5, "bool"),
  stderr: field(6, "bool"),
});
export const AttachRequest = message({
  containerId: field(1, "string"),
  stdin: field(2, "bool"),
  tty: field(3, "bool"),
  stdout: field(4, "bool"),
  stderr: field(5, "bool"),
});
export const PortForwardRequest = message({ podSandboxId: field(1, "string"), port: repeated(2, "int32") });
export const StreamingUrl = message({ url: field(1, "string") });

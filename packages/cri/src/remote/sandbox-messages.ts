import { enumOf, field, message, repeated } from "@dingi/grpc";
import { LinuxContainerResources, LinuxSandboxSecurityContext, NamespaceOption } from "./security-messages.ts";

export const Empty = message({});

export const VersionResponse = message({
  version: field(1, "string"),
  runtimeName: field(2, "string"),
  runtimeVersion: field(3, "string"),
  runtimeApiVersion: field(4, "string"),
});

const RuntimeCondition = message({
  type: field(1, "string"),
  status: field(2, "bool"),
  reason: field(3, "string"),
  message: field(4, "string"),
});
const RuntimeStatus = message({ conditions: repeated(1, RuntimeCondition) });
const RuntimeHandlerFeatures = message({ recursiveReadOnlyMounts: field(1, "bool"), userNamespaces: field(2, "bool") });
const RuntimeHandler = message({ name: field(1, "string"), features: field(2, RuntimeHandlerFeatures) });
const RuntimeFeatures = message({ supplementalGroupsPolicy: field(1, "bool") });

export const StatusRequest = message({ verbose: field(1, "bool") });
export const StatusResponse = message({
  status: field(1, RuntimeStatus),
  info: field(2, "map"),
  runtimeHandlers: repeated(3, RuntimeHandler),
  features: field(4, RuntimeFeatures),
});

const NetworkConfig = message({ podCidr: field(1, "string") });
const RuntimeConfig = message({ networkConfig: field(1, NetworkConfig) });
export const UpdateRuntimeConfigRequest = message({ runtimeConfig: field(1, RuntimeConfig) });

export const PodSandboxMetadata = message({
  name: field(1, "string"),
  uid: field(2, "string"),
  namespace: field(3, "string"),
  attempt: field(4, "uint32"),
});

const DnsConfig = message({
  servers: repeated(1, "string"),
  searches: repeated(2, "string"),
  options: repeated(3, "string"),
});

const PortMapping = message({
  protocol: field(1, enumOf("TCP", "UDP", "SCTP")),
  containerPort: field(2, "int32"),
  hostPort: field(3, "int32"),
  hostIp: field(4, "string"),
});

const LinuxPodSandboxConfig = message({
  cgroupParent: field(1, "string"),
  securityContext: field(2, LinuxSandboxSecurityContext),
  sysctls: field(3, "map"),
  overhead: field(4, LinuxContainerResources),
  resources: field(5, LinuxContainerResources),
});

export const PodSandboxConfig = message({
  metadata: field(1, PodSandboxMetadata),
  hostname: field(2, "string"),
  logDirectory: field(3, "string"),
  dnsConfig: field(4, DnsConfig),
  portMappings: repeated(5, PortMapping),
  labels: field(6, "map"),
  annotations: field(7, "map"),
  linux: field(8, LinuxPodSandboxConfig),
});

export const RunPodSandboxRequest = message({ config: field(1, PodSandboxConfig), runtimeHandler: field(2, "string") });
/** RunPodSandboxResponse, StopPodSandboxRequest and RemovePodSandboxRequest. */
export const PodSandboxId = message({ podSandboxId: field(1, "string") });
export const PodSandboxStatusRequest = message({ podSandboxId: field(1, "string"), verbose: field(2, "bool") });

const PodSandboxState = enumOf("SANDBOX_READY", "SANDBOX_NOTREADY");
const PodIp = message({ ip: field(1, "string") });
const PodSandboxNetworkStatus = message({ ip: field(1, "string"), additionalIps: repeated(2, PodIp) });
const Namespace = message({ options: field(2, NamespaceOption) });
const LinuxPodSandboxStatus = message({ namespaces: field(1, Namespace) });

export const PodSandboxStatus = message({
  id: field(1, "string"),
  metadata: field(2, PodSandboxMetadata),
  state: field(3, PodSandboxState),
  createdAtMs: field(4, "nanos"),
  network: field(5, PodSandboxNetworkStatus),
  linux: field(6, LinuxPodSandboxStatus),
  labels: field(7, "map"),
  annotations: field(8, "map"),
  runtimeHandler: field(9, "string"),
});

const PodSandboxStateValue = message({ state: field(1, PodSandboxState) });
const PodSandboxFilter = message({
  id: field(1, "string"),
  state: field(2, PodSandboxStateValue),
  labelSelector: field(3, "map"),
});
export const ListPodSandboxRequest = message({ filter: field(1, PodSandboxFilter) });

const PodSandbox = message({
  id: field(1, "string"),
  metadata: field(2, PodSandboxMetadata),
  state: field(3, PodSandboxState),
  createdAtMs: field(4, "nanos"),
  labels: field(5, "map"),
  annotations: field(6, "map"),
  runtimeHandler: field(7, "string"),
});
export const ListPodSandboxResponse = message({ items: repeated(1, PodSandbox) });

import { enumOf, field, message, repeated } from "@dingi/grpc";

const NamespaceMode = enumOf("POD", "CONTAINER", "NODE", "TARGET");

export const IdMapping = message({
  hostId: field(1, "uint32"),
  containerId: field(2, "uint32"),
  length: field(3, "uint32"),
});

const UserNamespace = message({
  mode: field(1, NamespaceMode),
  uids: repeated(2, IdMapping),
  gids: repeated(3, IdMapping),
});

export const NamespaceOption = message({
  network: field(1, NamespaceMode),
  pid: field(2, NamespaceMode),
  ipc: field(3, NamespaceMode),
  targetId: field(4, "string"),
  usernsOptions: field(5, UserNamespace),
});

const SecurityProfile = message({
  profileType: field(1, enumOf("RuntimeDefault", "Unconfined", "Localhost")),
  localhostRef: field(2, "string"),
});

const SELinuxOption = message({
  user: field(1, "string"),
  role: field(2, "string"),
  type: field(3, "string"),
  level: field(4, "string"),
});

const Capability = message({
  addCapabilities: repeated(1, "string"),
  dropCapabilities: repeated(2, "string"),
  addAmbientCapabilities: repeated(3, "string"),
});

const SupplementalGroupsPolicy = enumOf("Merge", "Strict");

export const LinuxSandboxSecurityContext = message({
  namespaceOptions: field(1, NamespaceOption),
  selinuxOptions: field(2, SELinuxOption),
  runAsUser: field(3, "optional"),
  readonlyRootfs: field(4, "bool"),
  supplementalGroups: repeated(5, "int64"),
  privileged: field(6, "bool"),
  runAsGroup: field(8, "optional"),
  seccomp: field(9, SecurityProfile),
  apparmor: field(10, SecurityProfile),
  supplementalGroupsPolicy: field(11, SupplementalGroupsPolicy),
});

export const LinuxContainerSecurityContext = message({
  capabilities: field(1, Capability),
  privileged: field(2, "bool"),
  namespaceOptions: field(3, NamespaceOption),
  selinuxOptions: field(4, SELinuxOption),
  runAsUser: field(5, "optional"),
  runAsUsername: field(6, "string"),
  readonlyRootfs: field(7, "bool"),
  supplementalGroups: repeated(8, "int64"),
  noNewPrivs: field(11, "bool"),
  runAsGroup: field(12, "optional"),
  maskedPaths: repeated(13, "string"),
  readonlyPaths: repeated(14, "string"),
  seccomp: field(15, SecurityProfile),
  apparmor: field(16, SecurityProfile),
  supplementalGroupsPolicy: field(17, SupplementalGroupsPolicy),
});

const HugepageLimit = message({ pageSize: field(1, "string"), limit: field(2, "uint64") });

export const LinuxContainerResources = message({
  cpuPeriod: field(1, "int64"),
  cpuQuota: field(2, "int64"),
  cpuShares: field(3, "int64"),
  memoryLimitInBytes: field(4, "int64"),
  oomScoreAdj: field(5, "int64"),
  cpusetCpus: field(6, "string"),
  cpusetMems: field(7, "string"),
  hugepageLimits: repeated(8, HugepageLimit),
  unified: field(9, "map"),
  memorySwapLimitInBytes: field(10, "int64"),
});

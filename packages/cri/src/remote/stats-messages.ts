import { field, message, repeated } from "@dingi/grpc";
import { ContainerMetadata } from "./container-messages.ts";
import { FilesystemUsage } from "./image-messages.ts";
import { PodSandboxMetadata } from "./sandbox-messages.ts";

const CpuUsage = message({
  timestampMs: field(1, "nanos"),
  usageCoreNanoSeconds: field(2, "optional"),
  usageNanoCores: field(3, "optional"),
});

const MemoryUsage = message({
  timestampMs: field(1, "nanos"),
  workingSetBytes: field(2, "optional"),
  availableBytes: field(3, "optional"),
  usageBytes: field(4, "optional"),
  rssBytes: field(5, "optional"),
  pageFaults: field(6, "optional"),
  majorPageFaults: field(7, "optional"),
});

const SwapUsage = message({
  timestampMs: field(1, "nanos"),
  swapAvailableBytes: field(2, "optional"),
  swapUsageBytes: field(3, "optional"),
});

const ContainerAttributes = message({
  id: field(1, "string"),
  metadata: field(2, ContainerMetadata),
  labels: field(3, "map"),
  annotations: field(4, "map"),
});

const ContainerStats = message({
  attributes: field(1, ContainerAttributes),
  cpu: field(2, CpuUsage),
  memory: field(3, MemoryUsage),
  writableLayer: field(4, FilesystemUsage),
  swap: field(5, SwapUsage),
});

const ContainerStatsFilter = message({
  id: field(1, "string"),
  podSandboxId: field(2, "string"),
  labelSelector: field(3, "map"),
});
export const ContainerStatsResponse = message({ stats: field(1, ContainerStats) });
export const ListContainerStatsRequest = message({ filter: field(1, ContainerStatsFilter) });
export const ListContainerStatsResponse = message({ stats: repeated(1, ContainerStats) });

const NetworkInterfaceUsage = message({
  name: field(1, "string"),
  rxBytes: field(2, "optional"),
  rxErrors: field(3, "optional"),
  txBytes: field(4, "optional"),
  txErrors: field(5, "optional"),
});
const NetworkUsage = message({
  timestampMs: field(1, "nanos"),
  defaultInterface: field(2, NetworkInterfaceUsage),
  interfaces: repeated(3, NetworkInterfaceUsage),
});
const ProcessUsage = message({ timestampMs: field(1, "nanos"), processCount: field(2, "optional") });

const PodSandboxAttributes = message({
  id: field(1, "string"),
  metadata: field(2, PodSandboxMetadata),
  labels: field(3, "map"),
  annotations: field(4, "map"),
});
const LinuxPodSandboxStats = message({
  cpu: field(1, CpuUsage),
  memory: field(2, MemoryUsage),
  network: field(3, NetworkUsage),
  process: field(4, ProcessUsage),
  containers: repeated(5, ContainerStats),
});
const PodSandboxStats = message({ attributes: field(1, PodSandboxAttributes), linux: field(2, LinuxPodSandboxStats) });
/** Of its filter nothing is used. */
export const ListPodSandboxStatsRequest = message({});
export const ListPodSandboxStatsResponse = message({ stats: repeated(1, PodSandboxStats) });
export const PodSandboxStatsResponse = message({ stats: field(1, PodSandboxStats) });

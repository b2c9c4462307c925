export type * from "./host/host.ts";
export { LinuxHost } from "./host/linux/linux-host.ts";
export { SimulatedHost } from "./host/simulated/simulated-host.ts";
export { Kubelet } from "./kubelet.ts";
export { LocalVolumes } from "./localvolume/local-volumes.ts";
export type { NodeSettings } from "./node/node-object.ts";
export { KubeletServer } from "./server/kubelet-server.ts";
export { resourceMetrics } from "./stats/resource-metrics.ts";
export { StatsProvider } from "./stats/stats-provider.ts";

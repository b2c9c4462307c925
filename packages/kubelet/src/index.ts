export type * from "./host/host.ts";
export { LinuxHost } from "./host/linux/linux-host.ts";
export { SimulatedHost } from "./host/simulated/simulated-host.ts";
export { Kubelet, type KubeletOptions } from "./kubelet.ts";
export { LocalVolumes } from "./localvolume/local-volumes.ts";
export type { NodeSettings } from "./node/node-object.ts";
export { KubeletServer, type KubeletServerOptions } from "./server/kubelet-server.ts";

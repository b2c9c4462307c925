export type * from "./host/host.ts";
export { Kubelet, type KubeletOptions } from "./kubelet.ts";
export type { NodeSettings } from "./node/node-object.ts";

export { runProxy, type ProxyOptions } from "./proxy.ts";
export { systemNft, type NftRunner, type UdpFlow } from "./nft-runner.ts";
export type { StaleFlow } from "./rule-table.ts";

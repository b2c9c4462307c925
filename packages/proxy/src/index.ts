export { runProxy } from "./proxy.ts";
export { systemNft, type NftRunner } from "./nft-runner.ts";
export type { StaleFlow, UdpFlow } from "./udp-flow.ts";

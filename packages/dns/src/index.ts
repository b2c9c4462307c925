export { runDns } from "./dns.ts";
export type { ListenAddress } from "./dns-server.ts";

export { runDns, type DnsOptions } from "./dns.ts";
export type { ListenAddress } from "./dns-server.ts";

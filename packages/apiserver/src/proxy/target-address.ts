import { BlockList, isIP } from "node:net";

/** This machine, its links and everybody at once: not where proxied requests go. */
const REFUSED = new BlockList();
for (const [network, prefix] of [
  ["0.0.0.0", 32],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["224.0.0.0", 4],
  ["255.255.255.255", 32],
] as const)
  REFUSED.addSubnet(network, prefix, "ipv4");
for (const [network, prefix] of [
  ["::", 128],
  ["::1", 128],
  ["fe80::", 10],
  ["ff00::", 8],
] as const)
  REFUSED.addSubnet(network, prefix, "ipv6");

/** As Go's net.IP.IsGlobalUnicast: private addresses count. */
export function isGlobalUnicast(address: string): boolean {
  return isIP(address) !== 0 && !REFUSED.check(address, familyOf(address));
}

/** Of an IPv4 network: "127.1.0.0/24". */
export function inNetwork(cidr: string): (address: string) => boolean {
  const [network = "", prefix = ""] = cidr.split("/");
  const list = new BlockList();
  list.addSubnet(network, Number(prefix), "ipv4");
  return (address) => isIP(address) === 4 && list.check(address, "ipv4");
}

/** Whether an address is `own`, in whatever form: "::ffff:c000:201" leads where 192.0.2.1 does. */
export function sameAddress(own: string): (address: string) => boolean {
  const list = new BlockList();
  if (isIP(own) !== 0) list.addAddress(own, familyOf(own));
  return (address) => isIP(address) !== 0 && list.check(address, familyOf(address));
}

const familyOf = (address: string): "ipv4" | "ipv6" => (isIP(address) === 4 ? "ipv4" : "ipv6");

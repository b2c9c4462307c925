import { run } from "./command.ts";

/** An IPv4 range as integers; `address` has no bits beyond `bits`. */
interface Range {
  readonly address: number;
  readonly bits: number;
}

/** Set aside for benchmarks by RFC 2544, so neither the internet nor a home network uses it. */
const FABRIC_POOL = "198.18.0.0/15";
/** slirp4netns' own network inside each fabric; taken from the end of the same pool. */
export const EGRESS_CIDR = "198.19.255.0/24";
/** slirp4netns answers DNS here and asks the host's own resolver. */
export const EGRESS_DNS = "198.19.255.3";
const FIRST_POD_CIDR = "10.244.0.0/16";
const POD_POOL = "10.0.0.0/8";

/** The addresses of one cluster; kept in cluster.json. */
export interface ClusterNetworks {
  /** A /24: host .1, API .2, nodes from .11. */
  readonly fabric: string;
  /** A /16 with a /24 for each node. */
  readonly pods: string;
}

/**
 * Picks ranges that neither the machine's routes nor other clusters use. The first cluster gets 198.18.0.0/24 and
 * 10.244.0.0/16; `wanted` ranges are taken as they are.
 */
export async function chooseNetworks(options: {
  readonly others: readonly ClusterNetworks[];
  readonly wanted?: Partial<ClusterNetworks>;
  readonly signal?: AbortSignal;
}): Promise<ClusterNetworks> {
  const routes = await run(["ip", "-4", "-o", "route", "show", "table", "all"], { signal: options.signal });
  const taken = [...routedRanges(routes), ...options.others.flatMap(({ fabric, pods }) => [fabric, pods])];
  return {
    fabric: options.wanted?.fabric ?? firstFree([...rangesWithin(FABRIC_POOL, 24)], [...taken, EGRESS_CIDR]),
    pods:
      options.wanted?.pods ??
      firstFree([FIRST_POD_CIDR, ...rangesWithin(POD_POOL, 16).filter(isAboveFirst)], [...taken, "10.96.0.0/16"]),
  };
}

/** Those of a cluster of simulated nodes, whose packets go nowhere: they only have to differ from other clusters'. */
export function simulatedNetworks(others: readonly ClusterNetworks[]): ClusterNetworks {
  const taken = others.map(({ fabric }) => fabric);
  return { fabric: firstFree([...rangesWithin(FABRIC_POOL, 24)], [...taken, EGRESS_CIDR]), pods: FIRST_POD_CIDR };
}

/** Of the text of `ip route`, the ranges that lead somewhere, without the default route. */
export function routedRanges(text: string): readonly string[] {
  return text
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .map(([first = "", second = ""]) => (/^\d/.test(first) ? first : second))
    .filter(
      (range) => /^\d+\.\d+\.\d+\.\d+(\/\d+)?$/.test(range) && !range.endsWith("/0") && !range.startsWith("127."),
    );
}

export function firstFree(candidates: readonly string[], taken: readonly string[]): string {
  const used = taken.map(parseRange);
  const free = candidates.find((candidate) => !used.some((range) => overlaps(range, parseRange(candidate))));
  if (!free)
    throw new Error(`No network is free between "${candidates[0]}" and "${candidates.at(-1)}"; name one by a flag`);
  return free;
}

/** "198.18.0.0/24", 11 → "198.18.0.11". */
export function addressIn(cidr: string, host: number): string {
  const { address, bits } = parseRange(cidr);
  if (host < 0 || host >= 2 ** (32 - bits)) throw new RangeError(`"${cidr}" has no address number ${host}`);
  return dotted(address + host);
}

/** The `index`th /24 of a cluster's pod range. */
export function podCidrOf(cidr: string, index: number): string {
  const { address, bits } = parseRange(cidr);
  if (bits > 24 || index < 0 || index >= 2 ** (24 - bits)) throw new RangeError(`"${cidr}" has no /24 number ${index}`);
  return `${dotted(address + index * 256)}/24`;
}

function parseRange(cidr: string): Range {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)(?:\/(\d+))?$/.exec(cidr);
  const octets = match?.slice(1, 5).map(Number) ?? [];
  const bits = Number(match?.[5] ?? 32);
  if (!match || octets.some((octet) => octet > 255) || bits > 32)
    throw new RangeError(`"${cidr}" is not an IPv4 range`);
  const address = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  return { address: address - (address % 2 ** (32 - bits)), bits };
}

function rangesWithin(pool: string, bits: number): string[] {
  const { address, bits: poolBits } = parseRange(pool);
  const step = 2 ** (32 - bits);
  return Array.from({ length: 2 ** (bits - poolBits) }, (_, index) => `${dotted(address + index * step)}/${bits}`);
}

function isAboveFirst(range: string): boolean {
  return parseRange(range).address > parseRange(FIRST_POD_CIDR).address;
}

function overlaps(one: Range, other: Range): boolean {
  const bits = Math.min(one.bits, other.bits);
  const size = 2 ** (32 - bits);
  return Math.floor(one.address / size) === Math.floor(other.address / size);
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}

import { formatIp, parseCidr, parseIp, type IpFamily, type ParsedIp } from "@dingi/apimachinery";
import type { V1ServiceCIDR } from "./servicecidr.gen.ts";

const MIN_BAND = 16;
const MAX_BAND = 256;
const BAND_STEP = 16;

/** A range in CIDR notation, and the addresses of it that Services can have: not the network's own. */
export class IpRange {
  readonly cidr: string;
  readonly family: IpFamily;
  /** How many addresses Services can have. */
  readonly hosts: bigint;
  /** As many of them are given out last: people choose their own there. Upstream: pkg/registry/core/service/ipallocator/bitmap.go#calculateRangeOffset */
  readonly band: bigint;
  readonly #base: bigint;
  readonly #size: bigint;
  readonly #bytes: number;

  /** Throws RangeError when the text is not a CIDR. */
  constructor(cidr: string) {
    const parsed = parseCidr(cidr);
    if (!parsed) throw new RangeError(`"${cidr}" is not a range of addresses such as 10.96.0.0/16`);
    const { family, bytes } = parsed.address;
    const size = 1n << BigInt(8 * bytes.length - parsed.prefixLength);
    this.cidr = cidr;
    this.family = family;
    this.#bytes = bytes.length;
    this.#size = size;
    this.#base = (toNumber(bytes) / size) * size;
    const own = family === "IPv4" ? 2n : 1n;
    this.hosts = size > own ? size - own : 0n;
    this.band = size <= BigInt(MIN_BAND) ? 0n : clamp(size / BigInt(BAND_STEP));
  }

  /** The n-th address that a Service can have, from 0. */
  host(n: bigint): string {
    return formatIp({ family: this.family, bytes: toBytes(this.#base + 1n + n, this.#bytes) });
  }

  /** Whether it is one that a Service can have. */
  hasHost({ family, bytes }: ParsedIp): boolean {
    if (family !== this.family) return false;
    const n = toNumber(bytes) - this.#base - 1n;
    return n >= 0n && n < this.hosts;
  }

  /** Whether it is one of its parts, or all of it. */
  contains(other: IpRange): boolean {
    return this.overlaps(other) && this.#size >= other.#size;
  }

  /** Ranges of one family overlap when one is a part of the other. */
  overlaps(other: IpRange): boolean {
    if (this.family !== other.family) return false;
    return this.#base < other.#base + other.#size && other.#base < this.#base + this.#size;
  }
}

function clamp(value: bigint): bigint {
  return value < MIN_BAND ? BigInt(MIN_BAND) : value > MAX_BAND ? BigInt(MAX_BAND) : value;
}

function toNumber(bytes: Uint8Array): bigint {
  return BigInt(`0x${bytes.toHex()}`);
}

function toBytes(value: bigint, length: number): Uint8Array {
  return Uint8Array.fromHex(value.toString(16).padStart(2 * length, "0"));
}

/** An address's one text, under which it is an object's name; undefined when it is none. */
export function canonicalIp(text: string): string | undefined {
  const ip = parseIp(text);
  return ip && formatIp(ip);
}

const ranges = new WeakMap<V1ServiceCIDR, readonly IpRange[]>();

/** The ranges of a ServiceCIDR; read once, as objects do not change. */
export function rangesOf(cidr: V1ServiceCIDR): readonly IpRange[] {
  const known = ranges.get(cidr);
  if (known) return known;
  const made = (cidr.spec.cidrs ?? []).map((text) => new IpRange(text));
  ranges.set(cidr, made);
  return made;
}

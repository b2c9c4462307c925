import { isIPv4 } from "node:net";

/** An IPv4 range in CIDR notation. */
export class IpRange {
  readonly #base: number;
  readonly size: number;
  readonly cidr: string;

  /** Throws RangeError when the text is not an IPv4 CIDR. */
  constructor(cidr: string) {
    const [address = "", bits = ""] = cidr.split("/");
    if (!isIPv4(address) || !/^\d{1,2}$/.test(bits) || Number(bits) > 32)
      throw new RangeError(`"${cidr}" is not an IPv4 range such as 10.96.0.0/16`);
    this.cidr = cidr;
    this.size = 2 ** (32 - Number(bits));
    this.#base = Math.floor(toNumber(address) / this.size) * this.size;
  }

  at(offset: number): string {
    return toText(this.#base + offset);
  }

  /** The offset of an address in the range; undefined outside. */
  offset(address: string): number | undefined {
    if (!isIPv4(address)) return undefined;
    const offset = toNumber(address) - this.#base;
    return offset >= 0 && offset < this.size ? offset : undefined;
  }

  /** Undefined also for the first and the last address, which are the network's own. */
  hostOffset(address: string): number | undefined {
    const offset = this.offset(address);
    return offset === 0 || offset === this.size - 1 ? undefined : offset;
  }
}

function toNumber(address: string): number {
  return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}

function toText(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
}

import { formatIp, parseIp } from "@dingi/apimachinery";
import type { ParsedIp } from "@dingi/apimachinery";
import { isIP } from "node:net";
import { opaqueOf } from "../../check/type.ts";
import { CelError, NO_SUCH_OVERLOAD } from "../../value/error.ts";
import { SizedOpaque } from "../../value/size.ts";
import { quoteGo } from "../../value/text.ts";
import type { Opaque } from "../../value/value.ts";

export const IP_TYPE = opaqueOf("net.IP");
export const CIDR_TYPE = opaqueOf("net.CIDR");

export class Ip extends SizedOpaque {
  readonly type = IP_TYPE;
  readonly parsed: ParsedIp;

  constructor(parsed: ParsedIp) {
    super();
    this.parsed = parsed;
  }

  get size(): number {
    return this.parsed.bytes.length;
  }

  get text(): string {
    return formatIp(this.parsed);
  }

  equals(other: Opaque): boolean | CelError {
    return other instanceof Ip ? Buffer.compare(this.parsed.bytes, other.parsed.bytes) === 0 : NO_SUCH_OVERLOAD;
  }
}

/** A network: an address, whose bits behind the prefix may be set, and how long the prefix is. */
export class Cidr extends SizedOpaque {
  readonly type = CIDR_TYPE;
  readonly ip: Ip;
  readonly bits: number;

  constructor(ip: Ip, bits: number) {
    super();
    this.ip = ip;
    this.bits = bits;
  }

  /** Upstream: k8s.io/apiserver/pkg/cel/cidr.go#Size */
  get size(): number {
    return Math.ceil(this.bits / 8);
  }

  get text(): string {
    return `${this.ip.text}/${this.bits}`;
  }

  equals(other: Opaque): boolean | CelError {
    return other instanceof Cidr ? this.bits === other.bits && this.ip.equals(other.ip) : NO_SUCH_OVERLOAD;
  }

  masked(): Cidr {
    const bytes = this.ip.parsed.bytes.map((byte, i) => byte & maskOf(this.bits - 8 * i));
    return new Cidr(new Ip({ family: this.ip.parsed.family, bytes }), this.bits);
  }

  contains(ip: Ip): boolean {
    if (ip.size !== this.ip.size) return false;
    return ip.parsed.bytes.every((byte, i) => ((byte ^ this.ip.parsed.bytes[i]!) & maskOf(this.bits - 8 * i)) === 0);
  }
}

/** The mask of a byte of which `bits` belong to the prefix. */
function maskOf(bits: number): number {
  return bits >= 8 ? 255 : bits <= 0 ? 0 : 255 & ~(255 >> bits);
}

export function parseAddress(text: string): Ip | CelError {
  const flaw = addressFlaw(text);
  if (flaw)
    return new CelError(
      `IP Address ${quoteGo(text)} parse error during conversion from string: ParseAddr(${quoteGo(text)}): ${flaw}`,
    );
  if (text.includes("%")) return new CelError(`IP address ${quoteGo(text)} with zone value is not allowed`);
  const parsed = parseIp(text)!;
  if (isMapped(text, parsed)) return new CelError(`IPv4-mapped IPv6 address ${quoteGo(text)} is not allowed`);
  return new Ip(parsed);
}

function isMapped(text: string, { family }: ParsedIp): boolean {
  return family === "IPv4" && text.includes(":");
}

/** In the words of Go's netip, for the common faults of IPv4; of IPv6 only that it is none. */
function addressFlaw(text: string): string | undefined {
  const colon = text.indexOf(":");
  const dot = text.indexOf(".");
  if (colon < 0 && dot < 0) return "unable to parse IP";
  if (dot >= 0 && (colon < 0 || dot < colon)) return ipv4Flaw(text);
  return isIP(text) === 6 ? undefined : "unable to parse IP";
}

function ipv4Flaw(text: string): string | undefined {
  const bad = /[^0-9.]/.exec(text);
  if (bad) return `unexpected character (at ${quoteGo(text.slice(bad.index))})`;
  const parts = text.split(".");
  if (parts.some((part) => part === "")) return "IPv4 field must have at least one digit";
  if (parts.some((part) => part.length > 1 && part.startsWith("0"))) return "IPv4 field has octet with leading zero";
  if (parts.some((part) => Number(part) > 255)) return "IPv4 field has value >255";
  if (parts.length === 4) return undefined;
  return parts.length < 4 ? "IPv4 address too short" : "IPv4 address too long";
}

const CONVERSION = "network address parse error during conversion from string: ";

export function parseNetwork(text: string): Cidr | CelError {
  const network = readNetwork(text);
  return network instanceof Cidr ? network : new CelError(CONVERSION + network);
}

/** The network, or what is wrong with it. */
function readNetwork(text: string): Cidr | string {
  const flaw = (message: string): string => `${CONVERSION}netip.ParsePrefix(${quoteGo(text)}): ${message}`;
  const slash = text.lastIndexOf("/");
  if (slash < 0) return flaw("no '/'");
  const address = text.slice(0, slash);
  const addressWrong = addressFlaw(address);
  if (addressWrong) return flaw(`ParseAddr(${quoteGo(address)}): ${addressWrong}`);
  if (address.includes("%")) return flaw("IPv6 zones cannot be present in a prefix");
  const parsed = parseIp(address)!;
  const bits = text.slice(slash + 1);
  if (!/^(0|[1-9]\d*)$/.test(bits)) return flaw(`bad bits after slash: ${quoteGo(bits)}`);
  const most = address.includes(":") ? 128 : 32;
  if (Number(bits) > most) return flaw("prefix length out of range");
  if (isMapped(address, parsed)) return `IPv4-mapped IPv6 address ${quoteGo(text)} is not allowed`;
  return new Cidr(new Ip(parsed), Number(bits));
}

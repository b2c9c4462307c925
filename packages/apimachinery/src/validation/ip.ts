import { isIP } from "node:net";
import { findErrors, invalid, type FieldError, type FieldPath } from "../errors/field-error.ts";

/** Addresses in text. Upstream: apimachinery/pkg/util/validation/ip.go, k8s.io/utils/net */
const NOT_AN_IP = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
const NOT_A_CIDR = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";

const BITS_BEYOND_PREFIX = "must not have bits set beyond the prefix length";

export type IpFamily = "IPv4" | "IPv6";

export interface ParsedIp {
  readonly family: IpFamily;
  readonly bytes: Uint8Array;
}

interface ParsedCidr {
  readonly address: ParsedIp;
  readonly prefixLength: number;
}

/** Takes IPv4 with leading zeros, read as decimal, as upstream's older parser did; never a zone. */
export function parseIp(text: string): ParsedIp | undefined {
  const v4 = parseIpv4(text);
  if (v4) return { family: "IPv4", bytes: v4 };
  if (!text.includes(":") || text.includes("%") || isIP(stripLeadingZeros(text)) !== 6) return undefined;
  const bytes = parseIpv6(stripLeadingZeros(text));
  return isMapped(bytes) ? { family: "IPv4", bytes: bytes.slice(12) } : { family: "IPv6", bytes };
}

function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^[0-9]{1,10}$/.test(part) && Number(part) <= 255)) return undefined;
  return Uint8Array.from(parts, Number);
}

/** In an IPv6 text's dotted tail. */
function stripLeadingZeros(text: string): string {
  return text.replace(/[0-9]+(\.[0-9]+){3}$/, (tail) => tail.split(".").map(Number).join("."));
}

function parseIpv6(text: string): Uint8Array {
  const dotted = text.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) => `${hexPair(a, b)}:${hexPair(c, d)}`);
  const [head, tail] = dotted.split("::") as [string, string?];
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  const groups = [...left, ...Array<string>(zeros).fill("0"), ...right].map((group) => Number.parseInt(group, 16));
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 255]));
}

const hexPair = (high: string, low: string): string => ((Number(high) << 8) | Number(low)).toString(16);

const isMapped = (bytes: Uint8Array): boolean =>
  bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;

/** RFC 5952 for IPv6; mapped addresses as IPv4, as Go prints them. */
export function formatIp(ip: ParsedIp): string {
  if (ip.family === "IPv4") return ip.bytes.join(".");
  const groups = Array.from({ length: 8 }, (_, i) => ((ip.bytes[2 * i]! << 8) | ip.bytes[2 * i + 1]!).toString(16));
  const [start, length] = longestZeros(groups);
  if (length < 2) return groups.join(":");
  return `${groups.slice(0, start).join(":")}::${groups.slice(start + length).join(":")}`;
}

function longestZeros(groups: readonly string[]): [start: number, length: number] {
  let best: [number, number] = [0, 0];
  for (let start = 0; start < groups.length; start++) {
    let end = start;
    while (groups[end] === "0") end++;
    if (end - start > best[1]) best = [start, end - start];
  }
  return best;
}

export function parseCidr(text: string): ParsedCidr | undefined {
  const slash = text.indexOf("/");
  const address = slash < 0 ? undefined : parseIp(text.slice(0, slash));
  const bits = text.slice(slash + 1);
  if (!address || !/^[0-9]{1,10}$/.test(bits)) return undefined;
  const mapped = address.family === "IPv4" && text.includes(":");
  const prefixLength = Number(bits) - (mapped ? 96 : 0);
  return prefixLength >= 0 && prefixLength <= address.bytes.length * 8 ? { address, prefixLength } : undefined;
}

/** The network's address with the host bits cleared. */
export function formatCidr({ address, prefixLength }: ParsedCidr): string {
  return `${formatIp({ ...address, bytes: masked(address.bytes, prefixLength) })}/${prefixLength}`;
}

function masked(bytes: Uint8Array, prefixLength: number): Uint8Array {
  return bytes.map((byte, i) => byte & (0xff << (8 - Math.min(8, Math.max(0, prefixLength - 8 * i)))));
}

export function cidrContains(cidr: ParsedCidr, ip: ParsedIp): boolean {
  if (cidr.address.family !== ip.family) return false;
  return masked(cidr.address.bytes, cidr.prefixLength).toHex() === masked(ip.bytes, cidr.prefixLength).toHex();
}

/** A new field: only the one canonical text is good. */
export function validateIp(text: string, field: FieldPath): FieldError[] {
  const errors = validateIpStrict(text, field);
  if (errors.length > 0) return errors;
  const canonical = formatIp(parseIp(text)!);
  return canonical === text ? [] : [invalid(field, text, `must be in canonical form (${JSON.stringify(canonical)})`)];
}

/** An old field: any unambiguous text is good, and whatever was there before. */
export function validateLegacyIp(text: string, field: FieldPath, validBefore: readonly string[] = []): FieldError[] {
  return unlessKept(text, validBefore, () => validateIpStrict(text, field));
}

/** What is right is not looked for: there may be as many before as there are now. */
function unlessKept(text: string, validBefore: readonly string[], validate: () => FieldError[]): FieldError[] {
  if (validBefore.length === 0) return validate();
  return findErrors(validate).length === 0 || validBefore.includes(text) ? [] : validate();
}

function validateIpStrict(text: string, field: FieldPath): FieldError[] {
  if (!parseIp(text)) return [invalid(field, text, NOT_AN_IP)];
  if (isIP(text) === 0) return [invalid(field, text, "must not have leading 0s")];
  return isMappedText(text) ? [invalid(field, text, "must not be an IPv4-mapped IPv6 address")] : [];
}

const isMappedText = (text: string): boolean => text.includes(":") && parseIp(text)?.family === "IPv4";

export function validateCidr(text: string, field: FieldPath): FieldError[] {
  const errors = validateCidrStrict(text, field);
  if (errors.length > 0) return errors;
  const canonical = formatCidr(parseCidr(text)!);
  return canonical === text ? [] : [invalid(field, text, `must be in canonical form (${JSON.stringify(canonical)})`)];
}

export function validateLegacyCidr(text: string, field: FieldPath, validBefore: readonly string[] = []): FieldError[] {
  return unlessKept(text, validBefore, () => validateCidrStrict(text, field));
}

function validateCidrStrict(text: string, field: FieldPath): FieldError[] {
  const cidr = parseCidr(text);
  if (!cidr) return [invalid(field, text, NOT_A_CIDR)];
  const [address, bits] = text.split("/") as [string, string];
  if (isIP(address) === 0 || bits !== String(Number(bits)))
    return [invalid(field, text, "must not have leading 0s in IP or prefix length")];
  if (isMappedText(address)) return [invalid(field, text, "must not have an IPv4-mapped IPv6 address")];
  if (formatIp({ ...cidr.address, bytes: masked(cidr.address.bytes, cidr.prefixLength) }) !== formatIp(cidr.address)) {
    return [invalid(field, text, BITS_BEYOND_PREFIX)];
  }
  return [];
}

/** Advice about an address that is valid in an old field only. Upstream: …/ip.go#GetWarningsForIP */
export function ipWarnings(text: string, field: FieldPath): string[] {
  const ip = parseIp(text);
  if (!ip) return [];
  const canonical = formatIp(ip);
  if (isIP(text) === 0 || isMappedText(text)) {
    return [`${field}: non-standard IP address ${JSON.stringify(text)} is invalid: use ${JSON.stringify(canonical)}`];
  }
  if (canonical === text) return [];
  return [
    `${field}: IPv6 address ${JSON.stringify(text)} should be in RFC 5952 canonical format (${JSON.stringify(canonical)})`,
  ];
}

/** Upstream: …/ip.go#GetWarningsForCIDR */
export function cidrWarnings(text: string, field: FieldPath): string[] {
  const cidr = parseCidr(text);
  if (!cidr) return [];
  const canonical = formatCidr(cidr);
  const address = formatIp(cidr.address);
  const warnings: string[] = [];
  if (canonical !== `${address}/${cidr.prefixLength}`) {
    const single = `${address}/${cidr.address.bytes.length * 8}`;
    warnings.push(
      `${field}: CIDR value ${JSON.stringify(text)} is ambiguous in this context (should be ${JSON.stringify(canonical)} or ${JSON.stringify(single)}?)`,
    );
  }
  const standard = validateCidrStrict(text, field).every((error) => error.detail === BITS_BEYOND_PREFIX);
  if (!standard) {
    warnings.push(
      `${field}: non-standard CIDR value ${JSON.stringify(text)} is invalid: use ${JSON.stringify(canonical)}`,
    );
  }
  if (warnings.length > 0 || canonical === text) return warnings;
  return [
    `${field}: IPv6 CIDR value ${JSON.stringify(text)} should be in RFC 5952 canonical format (${JSON.stringify(canonical)})`,
  ];
}

/** "10.0.0.1:80", "[::1]:80". Upstream: Go's net.JoinHostPort */
export function joinHostPort(host: string, port: number | string): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

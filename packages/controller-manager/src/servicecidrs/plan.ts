import {
  IP_ALLOCATOR,
  IP_MANAGED_BY_LABEL,
  rangesOf,
  type IpRange,
  type V1IPAddress,
  type V1ServiceCIDR,
} from "@dingi/api";
import { parseIp, type ParsedIp } from "@dingi/apimachinery";

/** Those of the ranges that an address lies in. */
export function containing(address: V1IPAddress, cidrs: readonly V1ServiceCIDR[]): V1ServiceCIDR[] {
  const ip = isAllocated(address) ? parseIp(address.metadata.name ?? "") : undefined;
  return ip ? cidrs.filter((cidr) => rangesOf(cidr).some((range) => range.hasHost(ip))) : [];
}

/** Those that share addresses with one: its deletion may become possible, or impossible, by another. */
export function overlapping(cidr: V1ServiceCIDR, cidrs: readonly V1ServiceCIDR[]): V1ServiceCIDR[] {
  const own = rangesOf(cidr);
  return cidrs.filter((other) => rangesOf(other).some((range) => own.some((mine) => mine.overlaps(range))));
}

/**
 * Whether a range can go: each part of it lies in another range, or no Service has an address of it alone.
 * Upstream: pkg/controller/servicecidrs/servicecidrs_controller.go#canDeleteCIDR
 */
export function canBeDeleted(
  cidr: V1ServiceCIDR,
  cidrs: readonly V1ServiceCIDR[],
  addresses: Iterable<V1IPAddress>,
): boolean {
  const others = cidrs.filter(({ metadata }) => metadata.name !== cidr.metadata.name).flatMap(rangesOf);
  const own = rangesOf(cidr);
  if (own.every((range) => others.some((other) => other.contains(range)))) return true;
  for (const address of addresses) {
    const ip = isAllocated(address) ? parseIp(address.metadata.name ?? "") : undefined;
    if (ip && holds(own, ip) && !holds(others, ip)) return false;
  }
  return true;
}

const holds = (ranges: readonly IpRange[], ip: ParsedIp): boolean => ranges.some((range) => range.hasHost(ip));

const isAllocated = ({ metadata }: V1IPAddress): boolean => metadata.labels?.[IP_MANAGED_BY_LABEL] === IP_ALLOCATOR;

import {
  canonicalIp,
  IP_ALLOCATOR,
  IP_FAMILY_LABEL,
  IP_MANAGED_BY_LABEL,
  rangesOf,
  type V1IPAddress,
  type V1Service,
  type V1ServiceCIDR,
} from "@dingi/api";
import { parseIp } from "@dingi/apimachinery";

/** What a repair looks at. */
export interface Allocations {
  service(namespace: string, name: string): V1Service | undefined;
  address(name: string): V1IPAddress | undefined;
  readonly cidrs: readonly V1ServiceCIDR[];
}

export interface Complaint {
  readonly reason: string;
  readonly action: string;
  readonly note: string;
}

/** A step, with what is told of it. */
export type Repair =
  | { readonly do: "create" | "recreate" | "delete"; readonly address: string; readonly complaint?: Complaint }
  | { readonly do: "complain"; readonly complaint: Complaint }
  | { readonly do: "wait"; readonly ms: number };

/** A Service is stored after its addresses, within the time that a request may take. */
const CREATION_MS = 60_000;
/** What a failed write has taken is given back within this time. */
const UNDO_MS = 5_000;

/**
 * What is to be done about the addresses of a Service.
 * Upstream: pkg/registry/core/service/ipallocator/controller/repairip.go#syncService
 */
export function planService(service: V1Service, world: Allocations): Repair[] {
  const { type, clusterIPs = [] } = service.spec;
  if (type === "ExternalName" || clusterIPs[0] === "None") return [];
  return clusterIPs.flatMap((text) => planClusterIp(service, text, world));
}

function planClusterIp(service: V1Service, text: string, world: Allocations): Repair[] {
  const ip = parseIp(text);
  const complain = (reason: string, note: string): Complaint => ({ reason, action: "ClusterIPAllocation", note });
  if (!ip) {
    const note = `Cluster IP ${text} is not a valid IP; please recreate Service`;
    return [{ do: "complain", complaint: { reason: "ClusterIPNotValid", action: "ClusterIPValidation", note } }];
  }
  const address = canonicalIp(text)!;
  const where = `[${ip.family}]: ${address}`;
  if (!world.cidrs.flatMap(rangesOf).some((range) => range.hasHost(ip))) {
    const note = `Cluster IP ${where} is not within any configured Service CIDR; please recreate service`;
    return [{ do: "complain", complaint: complain("ClusterIPOutOfRange", note) }];
  }
  const held = world.address(address);
  if (!held) {
    const note = `Cluster IP ${where} is not allocated; repairing`;
    return [{ do: "create", address, complaint: complain("ClusterIPNotAllocated", note) }];
  }
  if (isHeldBy(held, service)) return hasLabels(held) ? [] : [{ do: "recreate", address }];
  const owner = ownerOf(held, world);
  if (owner && holdsAddress(owner, address)) {
    const note = `Cluster IP [${ip.family}]:${address} was assigned to multiple services; please recreate service`;
    return [{ do: "complain", complaint: complain("ClusterIPAlreadyAllocated", note) }];
  }
  const { namespace, name } = service.metadata;
  const note = `the ClusterIP ${where} for Service ${namespace}/${name} has a wrong reference; repairing`;
  return [{ do: "recreate", address, complaint: complain("ClusterIPNotAllocated", note) }];
}

/**
 * What is to be done about an address that was given to a Service.
 * Upstream: pkg/registry/core/service/ipallocator/controller/repairip.go#syncIPAddress
 */
export function planAddress(held: V1IPAddress, world: Allocations, nowMs: number): Repair[] {
  const { name: address = "", labels = {}, creationTimestamp } = held.metadata;
  if (labels[IP_MANAGED_BY_LABEL] !== IP_ALLOCATOR) return [];
  const ageMs = nowMs - Date.parse(creationTimestamp ?? "");
  if (!isOfService(held)) {
    const note = `IPAddress ${address} appears to have been modified, not referencing a Service: cleaning up`;
    return removal(address, "IPAddressNotAllocated", note);
  }
  const service = ownerOf(held, world);
  return service ? planOwned(held, service, ageMs) : planOrphan(held, ageMs);
}

/** Its Service may be about to be stored. */
function planOrphan({ metadata: { name: address = "" }, spec }: V1IPAddress, ageMs: number): Repair[] {
  if (ageMs <= CREATION_MS) return [{ do: "wait", ms: CREATION_MS - ageMs + 1 }];
  const { namespace, name } = spec.parentRef!;
  const note = `IPAddress: ${address} for Service ${namespace}/${name} appears to have leaked: cleaning up`;
  return removal(address, "IPAddressNotAllocated", note);
}

/** Its Service may be about to take it, or to give it back. */
function planOwned({ metadata: { name: address = "" } }: V1IPAddress, service: V1Service, ageMs: number): Repair[] {
  if (holdsAddress(service, address)) return [];
  const graceMs = service.spec.type === "ExternalName" ? CREATION_MS : UNDO_MS;
  if (ageMs < graceMs) return [{ do: "wait", ms: graceMs - ageMs }];
  const { namespace, name } = service.metadata;
  const note = `IPAddress: ${address} for Service ${namespace}/${name} has a wrong reference; cleaning up`;
  return removal(address, "IPAddressWrongReference", note);
}

function removal(address: string, reason: string, note: string): Repair[] {
  return [{ do: "delete", address, complaint: { reason, action: "IPAddressAllocation", note } }];
}

const isOfService = ({ spec }: V1IPAddress): boolean =>
  (spec.parentRef?.group ?? "") === "" && spec.parentRef?.resource === "services";

function isHeldBy(held: V1IPAddress, { metadata }: V1Service): boolean {
  const { namespace, name } = held.spec.parentRef ?? {};
  return isOfService(held) && namespace === metadata.namespace && name === metadata.name;
}

function ownerOf(held: V1IPAddress, world: Allocations): V1Service | undefined {
  const { namespace = "", name = "" } = held.spec.parentRef ?? {};
  return isOfService(held) ? world.service(namespace, name) : undefined;
}

const holdsAddress = ({ spec }: V1Service, address: string): boolean =>
  (spec.clusterIPs ?? []).some((text) => canonicalIp(text) === address);

function hasLabels({ metadata: { name = "", labels = {} } }: V1IPAddress): boolean {
  return (
    labels[IP_MANAGED_BY_LABEL] === IP_ALLOCATOR && labels[IP_FAMILY_LABEL] === (name.includes(":") ? "IPv6" : "IPv4")
  );
}

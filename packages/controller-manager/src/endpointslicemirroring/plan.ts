import type {
  DiscoveryV1EndpointPort,
  V1Endpoint,
  V1EndpointAddress,
  V1Endpoints,
  V1EndpointSlice,
  V1EndpointSubset,
} from "@dingi/api";
import { equalJson, type V1ObjectMeta } from "@dingi/apimachinery";
import { isIPv4, isIPv6 } from "node:net";
import { MANAGED_BY_LABEL, SERVICE_NAME } from "../endpointslice/managed-slices.ts";

export const MANAGED_BY = "endpointslicemirroring-controller.k8s.io";
const SKIP_MIRROR = "endpointslice.kubernetes.io/skip-mirror";
const LEADER = "control-plane.alpha.kubernetes.io/leader";
const NOT_COPIED = new Set([
  "endpoints.kubernetes.io/last-change-trigger-time",
  "kubectl.kubernetes.io/last-applied-configuration",
]);
/** A subset becomes one slice; what is beyond this is left out. */
export const MAX_PER_SUBSET = 1000;

/** What a mirrored slice holds. */
export interface Mirror {
  readonly addressType: "IPv4" | "IPv6";
  readonly ports: readonly DiscoveryV1EndpointPort[];
  readonly endpoints: readonly V1Endpoint[];
}

export interface MirrorPlan {
  readonly create: readonly Mirror[];
  readonly update: readonly (readonly [V1EndpointSlice, Mirror])[];
  readonly remove: readonly V1EndpointSlice[];
  /** Addresses that are none. */
  readonly invalid: number;
  /** Addresses beyond what one slice takes. */
  readonly surplus: number;
}

/** Endpoints that say so, or that are only a lock, have no mirror. */
export function isMirrored({ metadata }: V1Endpoints): boolean {
  return metadata.labels?.[SKIP_MIRROR] !== "true" && metadata.annotations?.[LEADER] === undefined;
}

/** Pure: the slices that say the same as these endpoints. Upstream: pkg/controller/endpointslicemirroring/reconciler.go */
export function planMirrors(endpoints: V1Endpoints, existing: readonly V1EndpointSlice[]): MirrorPlan {
  const { mirrors, invalid, surplus } = mirrorsOf(endpoints.subsets ?? []);
  const create: Mirror[] = [];
  const update: [V1EndpointSlice, Mirror][] = [];
  const unused = new Set(existing);
  const missing: Mirror[] = [];
  for (const mirror of mirrors) {
    const slice = [...unused].find((candidate) => hasPorts(candidate, mirror));
    if (!slice) {
      missing.push(mirror);
      continue;
    }
    unused.delete(slice);
    if (!isSame(slice, mirror, endpoints)) update.push([slice, mirror]);
  }
  for (const mirror of missing) {
    // A slice's address type never changes.
    const recycled = [...unused].find(({ addressType }) => addressType === mirror.addressType);
    if (recycled) update.push([recycled, mirror]);
    else create.push(mirror);
    if (recycled) unused.delete(recycled);
  }
  return { create, update, remove: [...unused], invalid, surplus };
}

function hasPorts(slice: V1EndpointSlice, mirror: Mirror): boolean {
  return slice.addressType === mirror.addressType && equalJson(slice.ports ?? [], mirror.ports);
}

function isSame(slice: V1EndpointSlice, mirror: Mirror, endpoints: V1Endpoints): boolean {
  const meta = mirroredMetadata(endpoints);
  return (
    equalJson(slice.endpoints ?? [], mirror.endpoints) &&
    equalJson(slice.metadata.labels ?? {}, meta.labels ?? {}) &&
    equalJson(slice.metadata.annotations ?? {}, meta.annotations ?? {}) &&
    (slice.metadata.ownerReferences ?? []).every(
      ({ kind, uid }) => kind !== "Endpoints" || uid === endpoints.metadata.uid,
    )
  );
}

/** Labels, annotations and owner of a mirrored slice. */
export function mirroredMetadata({ metadata }: V1Endpoints): V1ObjectMeta {
  const { name = "", namespace = "", uid = "" } = metadata;
  const annotations = Object.entries(metadata.annotations ?? {}).filter(([key]) => !NOT_COPIED.has(key));
  return {
    namespace,
    labels: { ...metadata.labels, [SERVICE_NAME]: name, [MANAGED_BY_LABEL]: MANAGED_BY },
    annotations: Object.fromEntries(annotations),
    ownerReferences: [{ apiVersion: "v1", kind: "Endpoints", name, uid, controller: true, blockOwnerDeletion: true }],
  };
}

function mirrorsOf(subsets: readonly V1EndpointSubset[]): { mirrors: Mirror[]; invalid: number; surplus: number } {
  const groups = new Map<string, Mirror & { endpoints: V1Endpoint[] }>();
  let invalid = 0;
  let surplus = 0;
  for (const { addresses = [], notReadyAddresses = [], ports = [] } of repack(subsets)) {
    let taken = 0;
    const all = [
      ...addresses.map((address) => [address, true] as const),
      ...notReadyAddresses.map((address) => [address, false] as const),
    ];
    for (const [address, ready] of all) {
      const addressType = isIPv4(address.ip) ? "IPv4" : isIPv6(address.ip) ? "IPv6" : undefined;
      if (!addressType) invalid++;
      else if (taken >= MAX_PER_SUBSET) surplus++;
      else {
        taken++;
        const slicePorts = ports.map(({ name = "", port, protocol = "TCP", appProtocol }) => ({
          name,
          port,
          protocol,
          ...(appProtocol ? { appProtocol } : {}),
        }));
        const key = JSON.stringify([addressType, slicePorts]);
        const group = groups.get(key) ?? { addressType, ports: slicePorts, endpoints: [] };
        groups.set(key, group);
        group.endpoints.push(endpointOf(address, ready));
      }
    }
  }
  return { mirrors: [...groups.values()], invalid, surplus };
}

function endpointOf({ ip, hostname, nodeName, targetRef }: V1EndpointAddress, ready: boolean): V1Endpoint {
  return {
    addresses: [ip],
    conditions: { ready },
    ...(hostname ? { hostname } : {}),
    ...(targetRef ? { targetRef } : {}),
    ...(nodeName ? { nodeName } : {}),
  };
}

/** Subsets of the same ports as one, each address once; ready wins. Upstream: pkg/api/v1/endpoints/util.go#RepackSubsets */
function repack(subsets: readonly V1EndpointSubset[]): V1EndpointSubset[] {
  const byPorts = new Map<
    string,
    {
      ports: V1EndpointSubset["ports"];
      ready: Map<string, V1EndpointAddress>;
      notReady: Map<string, V1EndpointAddress>;
    }
  >();
  for (const { addresses = [], notReadyAddresses = [], ports } of subsets) {
    const sorted = [...(ports ?? [])].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
    const key = JSON.stringify(sorted);
    const group = byPorts.get(key) ?? { ports: sorted, ready: new Map(), notReady: new Map() };
    byPorts.set(key, group);
    for (const address of addresses) group.ready.set(identity(address), address);
    for (const address of notReadyAddresses) group.notReady.set(identity(address), address);
  }
  return [...byPorts.values()].map(({ ports, ready, notReady }) => ({
    ports,
    addresses: [...ready.values()],
    notReadyAddresses: [...notReady].flatMap(([id, address]) => (ready.has(id) ? [] : [address])),
  }));
}

function identity({ ip, targetRef }: V1EndpointAddress): string {
  return `${ip}/${targetRef?.uid ?? ""}`;
}

import { isIPv4 } from "node:net";
import type { V1Endpoint, V1EndpointSlice } from "@dingi/api";

/** Where a connection to a service port can go. */
export interface Endpoint {
  readonly ip: string;
  readonly port: number;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  /** On this node. */
  readonly local: boolean;
  readonly nodes: readonly string[];
  readonly zones: readonly string[];
}

/** The node whose proxy this is. */
export interface Place {
  readonly nodeName: string;
  readonly zone: string;
}

export interface UsableEndpoints {
  /** For traffic that may go anywhere. */
  readonly cluster: readonly Endpoint[];
  /** For traffic that must stay on this node. */
  readonly local: readonly Endpoint[];
}

/** Which of a slice's ports are meant. */
interface PortSelection {
  readonly name: string;
  /** "TCP", "UDP" or "SCTP". */
  readonly protocol: string;
}

/** The endpoints of one service port, in an order that depends on nothing but their addresses. */
export function endpointsOf(slices: Iterable<V1EndpointSlice>, selection: PortSelection, nodeName: string): Endpoint[] {
  const found = new Map<string, Endpoint>();
  for (const slice of slices) {
    for (const port of portsOf(slice, selection)) {
      for (const endpoint of slice.endpoints ?? []) addEndpoint(found, toEndpoint(endpoint, port, nodeName));
    }
  }
  return [...found.keys()].sort().map((key) => found.get(key)!);
}

function portsOf({ addressType, ports }: V1EndpointSlice, { name, protocol }: PortSelection): number[] {
  if (addressType !== "IPv4") return [];
  return (ports ?? []).flatMap((port) => {
    const isIt = (port.name ?? "") === name && (port.protocol ?? "TCP") === protocol;
    return isIt && port.port !== undefined ? [port.port] : [];
  });
}

function addEndpoint(found: Map<string, Endpoint>, next: Endpoint): void {
  // One bad address would make nft refuse the whole transaction.
  if (!isIPv4(next.ip)) return;
  const key = `${next.ip}:${next.port}`;
  const known = found.get(key);
  // While a slice is being split an endpoint may be in two; the more usable view of it counts.
  if (!known || rank(next) > rank(known)) found.set(key, next);
}

function toEndpoint(
  { addresses, conditions = {}, hints = {}, nodeName }: V1Endpoint,
  port: number,
  here: string,
): Endpoint {
  const { ready = true, terminating = false } = conditions;
  return {
    ip: addresses[0] ?? "",
    port,
    ready,
    serving: conditions.serving ?? ready,
    terminating,
    local: nodeName === here,
    nodes: namesOf(hints.forNodes),
    zones: namesOf(hints.forZones),
  };
}

function namesOf(hints: readonly { readonly name: string }[] = []): string[] {
  return hints.map(({ name }) => name);
}

function rank({ ready, serving }: Endpoint): number {
  return ready ? 2 : serving ? 1 : 0;
}

/** Ready endpoints; where there are none, those that still serve while they terminate. Upstream: pkg/proxy/topology.go#CategorizeEndpoints */
export function usableEndpoints(endpoints: readonly Endpoint[], place: Place): UsableEndpoints {
  const ready = endpoints.filter((endpoint) => endpoint.ready);
  const near = nearest(ready, place);
  return {
    cluster: near.length > 0 ? near : endpoints.filter(servingWhileTerminating),
    local: localOf(endpoints),
  };
}

function localOf(endpoints: readonly Endpoint[]): Endpoint[] {
  const local = endpoints.filter((endpoint) => endpoint.local);
  const ready = local.filter((endpoint) => endpoint.ready);
  return ready.length > 0 ? ready : local.filter(servingWhileTerminating);
}

function servingWhileTerminating({ serving, terminating }: Endpoint): boolean {
  return serving && terminating;
}

/** Hints count only when every ready endpoint has them and one of them names this place. */
function nearest(ready: readonly Endpoint[], { nodeName, zone }: Place): readonly Endpoint[] {
  if (ready.every(({ nodes }) => nodes.length > 0)) {
    const here = ready.filter(({ nodes }) => nodes.includes(nodeName));
    if (here.length > 0) return here;
  }
  if (ready.every(({ zones }) => zones.length > 0)) {
    const here = ready.filter(({ zones }) => zones.includes(zone));
    if (here.length > 0) return here;
  }
  return ready;
}

import type { DiscoveryV1EndpointPort, V1Endpoint, V1EndpointSlice } from "@dingi/api";
import { encodeJson, equalJson } from "@dingi/apimachinery";

const MAX_ENDPOINTS = 100;

/** The content of a slice, before it has a name. */
export interface SliceContent {
  readonly endpoints: readonly V1Endpoint[];
  readonly ports: readonly DiscoveryV1EndpointPort[];
}

export interface SlicePlan {
  readonly create: readonly SliceContent[];
  readonly update: readonly (readonly [V1EndpointSlice, SliceContent])[];
  readonly remove: readonly V1EndpointSlice[];
}

/**
 * Pure: which slices to write so that they hold just the wanted endpoints. An endpoint stays in its slice, so that at no
 * moment between two writes one is missing; a slice with other ports is taken only when nobody needs it any more.
 * Upstream: endpointslice/reconciler.go
 */
export function planSlices(wanted: readonly SliceContent[], existing: readonly V1EndpointSlice[]): SlicePlan {
  const unused = new Set(existing);
  const create: SliceContent[] = [];
  const update: [V1EndpointSlice, SliceContent][] = [];
  for (const content of wanted) {
    const own = existing.filter((slice) => unused.has(slice) && equalJson(slice.ports ?? [], content.ports));
    const filled = fill(content, own);
    for (const [slice, endpoints] of filled.kept) {
      unused.delete(slice);
      if (!equalJson(slice.endpoints ?? [], endpoints)) update.push([slice, { endpoints, ports: content.ports }]);
    }
    create.push(...filled.more);
  }
  for (const slice of unused) {
    const content = create.shift();
    if (!content) break;
    unused.delete(slice);
    update.push([slice, content]);
  }
  return { create, update, remove: [...unused] };
}

interface Filled {
  readonly kept: ReadonlyMap<V1EndpointSlice, readonly V1Endpoint[]>;
  readonly more: readonly SliceContent[];
}

/** Distributes the endpoints of one set of ports. Upstream: endpointslice/reconciler.go#reconcileByPortMapping */
function fill({ endpoints, ports }: SliceContent, own: readonly V1EndpointSlice[]): Filled {
  const left = new Map(endpoints.map((endpoint) => [identity(endpoint), endpoint]));
  const kept = new Map<V1EndpointSlice, V1Endpoint[]>();
  for (const slice of own) {
    const staying = (slice.endpoints ?? []).flatMap((endpoint) => take(left, identity(endpoint)));
    // Where nobody stays it is not needed, but for one that says that there is nobody.
    if (staying.length > 0 || (endpoints.length === 0 && kept.size === 0)) kept.set(slice, staying);
  }
  const rest = [...left.values()];
  for (const room of roomFor(rest.length, kept)) room.push(...rest.splice(0, MAX_ENDPOINTS - room.length));
  const more: SliceContent[] = [];
  while (rest.length > 0) more.push({ endpoints: rest.splice(0, MAX_ENDPOINTS), ports });
  if (endpoints.length === 0 && kept.size === 0) more.push({ endpoints: [], ports });
  return { kept, more };
}

/** The slices to fill up: those that change anyway, fullest first, and the fullest other one that takes all the rest. */
function roomFor(count: number, kept: ReadonlyMap<V1EndpointSlice, V1Endpoint[]>): V1Endpoint[][] {
  if (count === 0) return [];
  const fullest = [...kept].toSorted(([, a], [, b]) => b.length - a.length);
  const changed = fullest.filter(([slice, endpoints]) => !equalJson(slice.endpoints ?? [], endpoints));
  const room = changed.reduce((sum, [, endpoints]) => sum + MAX_ENDPOINTS - endpoints.length, 0);
  const left = (count - room) % MAX_ENDPOINTS;
  const other = fullest.find((one) => left > 0 && !changed.includes(one) && one[1].length + left <= MAX_ENDPOINTS);
  return [...changed, ...(other ? [other] : [])].map(([, endpoints]) => endpoints);
}

function take(endpoints: Map<string, V1Endpoint>, id: string): V1Endpoint[] {
  const found = endpoints.get(id);
  endpoints.delete(id);
  return found ? [found] : [];
}

/** Upstream: endpointslice/util/endpointset.go#endpointHashObj */
function identity({ addresses, hostname, nodeName, targetRef }: V1Endpoint): string {
  return encodeJson([addresses?.toSorted(), hostname, nodeName, targetRef?.namespace, targetRef?.name]);
}

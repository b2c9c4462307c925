import { EndpointSlice, type V1Endpoint, type V1EndpointSlice } from "@dingi/api";
import type { Random } from "@dingi/base";
import type { StoreFeed } from "../cacher/store-feed.ts";
import type { Stored } from "../cacher/stored.ts";

const SERVICE_NAME = "kubernetes.io/service-name";

interface ServiceName {
  readonly namespace: string;
  readonly name: string;
}

interface EndpointAddress {
  readonly host: string;
  readonly port: number;
}

type Accepts = (endpoint: V1Endpoint) => boolean;

const anyone: Accepts = () => true;

/** The slices of each Service, found without a look at those of others. */
export class ServiceEndpoints {
  readonly #random: Random;
  /** By "namespace/service", then by the slice's key. */
  readonly #slices = new Map<string, Map<string, V1EndpointSlice>>();

  constructor(feed: StoreFeed, random: Random) {
    this.#random = random;
    const cache = feed.cache(EndpointSlice);
    for (const stored of cache.snapshot().values()) this.#add(stored);
    cache.onEvent(({ current, previous }) => {
      if (previous) this.#remove(previous);
      if (current) this.#add(current);
    });
  }

  /** A ready one that serves the port of this name. Upstream: apiserver/pkg/util/proxy/proxy.go#RandomEndpoint */
  pick(service: ServiceName, portName: string, accepts: Accepts = anyone): EndpointAddress | undefined {
    const slices = this.#slices.get(keyOf(service))?.values() ?? [];
    const found = [...slices].flatMap((slice) => addressesOf(slice, portName, accepts));
    return found.length === 0 ? undefined : found[this.#random.int(found.length)];
  }

  #add({ key, object }: Stored): void {
    const of = serviceOf(object as V1EndpointSlice);
    if (of === undefined) return;
    const known = this.#slices.get(of) ?? new Map<string, V1EndpointSlice>();
    known.set(key, object as V1EndpointSlice);
    this.#slices.set(of, known);
  }

  #remove({ key, object }: Stored): void {
    const of = serviceOf(object as V1EndpointSlice);
    const known = of === undefined ? undefined : this.#slices.get(of);
    if (!known?.delete(key) || known.size > 0) return;
    this.#slices.delete(of!);
  }
}

function addressesOf({ ports, endpoints }: V1EndpointSlice, portName: string, accepts: Accepts): EndpointAddress[] {
  const port = ports?.find(({ name = "" }) => name === portName)?.port;
  if (port === undefined) return [];
  const ready = (endpoints ?? []).filter((endpoint) => endpoint.conditions?.ready !== false && accepts(endpoint));
  return ready.map(({ addresses }) => ({ host: addresses![0]!, port }));
}

const keyOf = ({ namespace, name }: ServiceName): string => `${namespace}/${name}`;

function serviceOf({ metadata: { namespace = "", labels } }: V1EndpointSlice): string | undefined {
  const name = labels?.[SERVICE_NAME];
  return name === undefined ? undefined : keyOf({ namespace, name });
}

import type { V1Endpoint, V1EndpointSlice, V1Service } from "@dingi/api";

export interface PortRecord {
  readonly name: string;
  /** Lower case. */
  readonly protocol: string;
  readonly port: number;
}

export interface EndpointRecord {
  readonly address: string;
  /** Its own, or the address with dashes. */
  readonly hostname: string;
  readonly ports: readonly PortRecord[];
}

/** What one service answers with. Names are in lower case, as Kubernetes has them. */
export interface ServiceRecord {
  readonly namespace: string;
  readonly name: string;
  readonly headless: boolean;
  readonly externalName?: string;
  readonly clusterIps: readonly string[];
  readonly ports: readonly PortRecord[];
  /** The ready ones, or all where the service says so. */
  readonly endpoints: readonly EndpointRecord[];
}

/** What the resolver may ask about the cluster. */
export interface Records {
  service(namespace: string, name: string): ServiceRecord | undefined;
  hasNamespace(namespace: string): boolean;
  /** Whose cluster IP an address is. */
  serviceAt(address: string): ServiceRecord | undefined;
  /** The services an address is an endpoint of. */
  endpointsAt(address: string): Iterable<ServiceRecord>;
  /** Grows with every change. */
  readonly serial: number;
  /** The cluster's domain, in lower case. */
  readonly zone: string;
}

export function serviceRecord(service: V1Service, slices: Iterable<V1EndpointSlice>): ServiceRecord {
  const { spec, metadata } = service;
  const { name = "", namespace = "" } = metadata;
  const ips = spec.clusterIPs?.length ? spec.clusterIPs : [spec.clusterIP ?? ""];
  const external = spec.type === "ExternalName" ? spec.externalName : undefined;
  return {
    namespace,
    name,
    headless: spec.clusterIP === "None",
    ...(external === undefined ? {} : { externalName: external.replace(/\.$/, "") }),
    clusterIps: ips.filter((ip) => ip !== "" && ip !== "None"),
    ports: (spec.ports ?? []).map(({ name = "", protocol = "TCP", port }) => ({
      name,
      protocol: protocol.toLowerCase(),
      port,
    })),
    endpoints: [...slices].flatMap((slice) => endpointRecords(slice, spec.publishNotReadyAddresses === true)),
  };
}

function endpointRecords(slice: V1EndpointSlice, publishNotReady: boolean): EndpointRecord[] {
  if (slice.addressType === "FQDN") return [];
  const ports = (slice.ports ?? []).flatMap(({ name = "", protocol = "TCP", port }) =>
    port === undefined ? [] : [{ name, protocol: protocol.toLowerCase(), port }],
  );
  return (slice.endpoints ?? []).flatMap((endpoint) => {
    if (!publishNotReady && endpoint.conditions?.ready === false) return [];
    return endpoint.addresses.map((address) => ({ address, hostname: hostnameOf(endpoint, address), ports }));
  });
}

function hostnameOf({ hostname }: V1Endpoint, address: string): string {
  return hostname ? hostname.toLowerCase() : address.replaceAll(/[.:]/g, "-");
}
